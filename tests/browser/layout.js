// Returns sentences about texts and targets that overlap, leave the viewport or are too small.
([smallestText, smallestTarget, scrolls]) => {
  const faults = [], boxes = [];
  const shown = (node) => { const style = getComputedStyle(node); return style.visibility !== "hidden" && style.display !== "none"; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, parent = text.parentElement;
    if (!text.textContent.trim() || parent.closest("[hidden], .vh, script, .seal") || !shown(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const label = text.textContent.trim().slice(0, 30);
    const scale = parent.ownerSVGElement ? parent.ownerSVGElement.getScreenCTM().a : 1;
    const size = parseFloat(getComputedStyle(parent).fontSize) * scale;
    if (size < smallestText - 0.05) faults.push(`text of ${size.toFixed(1)} px: ${label}`);
    for (const box of range.getClientRects()) {
      if (box.width < 1) continue;
      // Line boxes hold room for accents; the letters themselves are what must not meet.
      const inset = box.height * 0.2;
      boxes.push({ label, text, left: box.left, right: box.right, top: box.top + inset, bottom: box.bottom - inset });
      const low = scrolls ? Infinity : innerHeight;
      if (box.left < -0.5 || box.right > innerWidth + 0.5 || box.top < -0.5 || box.bottom > low + 0.5) faults.push(`outside: ${label}`);
    }
  }
  for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
    const a = boxes[i], b = boxes[j];
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (a.text !== b.text && wide > 1 && high > 1) faults.push(`overlap: ${a.label} / ${b.label}`);
  }
  for (const target of document.querySelectorAll("button, a[href], input:not([type=hidden]), select")) {
    const box = target.getBoundingClientRect();
    if (!shown(target) || box.width === 0) continue;
    if (Math.min(box.width, box.height) < smallestTarget - 0.5) faults.push(`target of ${box.width.toFixed(0)} x ${box.height.toFixed(0)}: ${target.textContent.trim() || target.name}`);
    if (target.scrollWidth > target.clientWidth + 1) faults.push(`text leaves its button: ${target.textContent.trim()}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push("the page scrolls sideways");
  return faults;
}
