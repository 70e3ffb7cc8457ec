/* A unit on a serial line that is as slow as a real one: rtu_line BAUD, until killed.
 *
 * Prints the path of a pseudo-terminal. Ten bits a character, 3.5 characters of silence between frames (1.75 ms above
 * 19,200 baud, Modbus over serial line V1.02, 2.5.1.1), no time to think. Any unit, functions 3 and 4.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST = 8, FRAME = 5, MOST = 512 };

static uint16_t checksum(const uint8_t *frame, int length)
{
    uint16_t crc = 0xffff;
    while (length--) {
        crc ^= *frame++;
        for (int i = 0; i < 8; i++)
            crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
    }
    return crc;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void wait_until(double when_s)
{
    struct timespec t = {(time_t)when_s, (long)((when_s - (double)(time_t)when_s) * 1e9)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    double character_s = 10 / atof(argv[1]), silence_s = 3.5 * character_s, line_free_s = 0;
    if (silence_s < 0.00175)
        silence_s = 0.00175;
    int line = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(line);
    unlockpt(line);
    /* The other end stays open here, so that the line is not hung up between clients. */
    int other = open(ptsname(line), O_RDWR | O_NOCTTY);
    struct termios raw;
    tcgetattr(other, &raw);
    cfmakeraw(&raw);
    tcsetattr(other, TCSANOW, &raw);
    printf("%s\n", ptsname(line));
    fflush(stdout);
    uint8_t heard[MOST], said[MOST];
    int length = 0;
    for (;;) {
        int came = read(line, heard + length, MOST - length);
        if (came <= 0)
            return 0;
        length += came;
        while (length >= REQUEST) {
            if (checksum(heard, REQUEST - 2) != (heard[6] | heard[7] << 8)) {
                memmove(heard, heard + 1, --length);
                continue;
            }
            int count = heard[4] << 8 | heard[5], size = FRAME + 2 * count;
            said[0] = heard[0], said[1] = heard[1], said[2] = 2 * count;
            memset(said + 3, 0, 2 * count);
            uint16_t crc = checksum(said, size - 2);
            said[size - 2] = crc & 0xff, said[size - 1] = crc >> 8;
            double begins_s = now_s();
            if (begins_s < line_free_s + silence_s)
                begins_s = line_free_s + silence_s;
            line_free_s = begins_s + (REQUEST + size) * character_s + silence_s;
            wait_until(line_free_s);
            if (write(line, said, size) != size)
                return 1;
            memmove(heard, heard + REQUEST, length -= REQUEST);
        }
    }
}
