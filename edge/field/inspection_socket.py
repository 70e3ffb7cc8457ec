"""The socket at which a person's tool asks for the devices.

A tool that hangs, babbles or dies holds up nobody but itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path

from edge.field.inspection import Impossible, Inspection
from edge.link.codec import LinkError, decode_question, encode
from edge.link.inspection import CannotBeDone, Question
from edge.link.messages import MAX_LINE_BYTES

logger = logging.getLogger(__name__)

MOST_TOOLS = 8
"""At once."""


async def serve_inspection(inspection: Inspection, path: Path) -> None:
    """Until it is cancelled, or at once when there can be no socket: nothing is counted the less for it.

    Who may open it is for its folder and its mode to say.
    """
    tools: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(tools) >= MOST_TOOLS:
            writer.write(encode(CannotBeDone(f"{MOST_TOOLS} tools are connected already; end one of them")))
            writer.close()
            return
        tools.add(task)
        try:
            await _converse(inspection, reader, writer)
        except (OSError, LinkError, ValueError) as error:
            logger.warning("a tool at %s was cut off: %s", path.name, error)
        except asyncio.CancelledError:
            logger.debug("a tool was left at the stop")
        finally:
            tools.discard(task)
            writer.close()

    try:
        path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(serve, str(path), limit=MAX_LINE_BYTES)
        path.chmod(0o660)
    except OSError as error:
        logger.warning("nobody can look at the devices: %s", error)
        return
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        server.close()
        for task in tools:
            task.cancel()
        with contextlib.suppress(OSError):
            path.unlink()


async def _converse(inspection: Inspection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What the tool says next, or its end, gives up the question before it."""
    line = asyncio.ensure_future(reader.readline())
    try:
        while raw := await line:
            line = asyncio.ensure_future(reader.readline())
            answering = asyncio.ensure_future(_answer(inspection, decode_question(raw), writer))
            try:
                await asyncio.wait({answering, line}, return_when=asyncio.FIRST_COMPLETED)
                if answering.done():
                    answering.result()
            finally:
                answering.cancel()
                await asyncio.wait({answering})
    finally:
        line.cancel()


async def _answer(inspection: Inspection, question: Question, writer: asyncio.StreamWriter) -> None:
    try:
        async with contextlib.aclosing(inspection.answers(question)) as answers:
            async for seen in answers:
                writer.write(encode(seen))
                await writer.drain()
    except Impossible as sentence:
        writer.write(encode(CannotBeDone(str(sentence))))
        await writer.drain()
