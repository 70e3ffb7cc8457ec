/* Modbus TCP devices, each on a port of its own, until killed: modbus_devices DEVICES COUNTS_PER_S RESTART_EACH_S GRID_MS
 *
 * Prints its ports on one line. Each device holds a counter of two words, high word first, in registers 0 and 1, and in
 * register 9 the number of its restarts. The counters go up COUNTS_PER_S; with RESTART_EACH_S above 0 each device
 * begins at 0 again so often, one after the other. Functions 3 and 4; nothing is checked that the bench does not send.
 *
 * SIGUSR1 prints as JSON how many requests have come since the last one, and the median and p99 of how late each was
 * after its tick of a grid of GRID_MS on the monotonic clock.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST = 12, HEADER = 9, REGISTERS = 10, MOST_EVENTS = 64, MOST_LATE = 1 << 20 };

static volatile sig_atomic_t told = 0;
static double late_s[MOST_LATE];
static long requests = 0;

static void tell(int signal)
{
    (void)signal;
    told = 1;
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_lateness(void)
{
    told = 0; /* first: whoever has read the line may ask again at once */
    long kept = requests < MOST_LATE ? requests : MOST_LATE;
    qsort(late_s, kept, sizeof *late_s, rising);
    printf("{\"requests\": %ld, \"late_p50_ms\": %.3f, \"late_p99_ms\": %.3f}\n", requests,
           kept ? late_s[kept / 2] * 1e3 : 0, kept ? late_s[kept * 99 / 100] * 1e3 : 0);
    fflush(stdout);
    requests = 0;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void put(uint8_t *at, unsigned word)
{
    at[0] = word >> 8;
    at[1] = word;
}

/* The registers of one device `age_s` after its first start. */
static void registers(uint8_t *at, double age_s, double counts_per_s, double restart_each_s)
{
    unsigned restarts = restart_each_s > 0 ? (unsigned)(age_s / restart_each_s) : 0;
    uint32_t counts = (uint32_t)((age_s - restarts * restart_each_s) * counts_per_s);
    memset(at, 0, 2 * REGISTERS);
    put(at, counts >> 16);
    put(at + 2, counts & 0xffff);
    put(at + 2 * (REGISTERS - 1), restarts);
}

static int answer(uint8_t *out, const uint8_t *request, double age_s, double counts_per_s, double restart_each_s)
{
    uint8_t all[2 * REGISTERS];
    unsigned first = request[8] << 8 | request[9], count = request[10] << 8 | request[11];
    memcpy(out, request, 8);
    if (first + count > REGISTERS || count == 0) {
        out[5] = 3, out[7] |= 0x80, out[8] = 2;
        return HEADER;
    }
    registers(all, age_s, counts_per_s, restart_each_s);
    put(out + 4, 3 + 2 * count);
    out[8] = 2 * count;
    memcpy(out + HEADER, all + 2 * first, 2 * count);
    return HEADER + 2 * count;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    signal(SIGUSR1, tell);
    int devices = atoi(argv[1]), epoll = epoll_create1(0);
    double counts_per_s = atof(argv[2]), restart_each_s = atof(argv[3]), grid_s = atof(argv[4]) / 1000;
    double began_s = now_s();
    for (int i = 0; i < devices; i++) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof address;
        int listener = socket(AF_INET, SOCK_STREAM, 0);
        if (bind(listener, (void *)&address, size) || listen(listener, 8) || getsockname(listener, (void *)&address, &size))
            return 1;
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)i << 33 | 1ull << 32 | (unsigned)listener};
        epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
        printf("%d%c", ntohs(address.sin_port), i + 1 < devices ? ' ' : '\n');
    }
    fflush(stdout);
    for (;;) {
        struct epoll_event events[MOST_EVENTS];
        int ready = epoll_wait(epoll, events, MOST_EVENTS, 100);
        if (told)
            print_lateness();
        for (int i = 0; i < ready; i++) {
            int file = (int)(uint32_t)events[i].data.u64, device = (int)(events[i].data.u64 >> 33), on = 1;
            if (events[i].data.u64 >> 32 & 1) {
                int connection = accept(file, NULL, NULL);
                setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)device << 33 | (unsigned)connection};
                epoll_ctl(epoll, EPOLL_CTL_ADD, connection, &event);
                continue;
            }
            uint8_t in[REQUEST], out[HEADER + 2 * REGISTERS];
            if (recv(file, in, sizeof in, MSG_WAITALL) != REQUEST) {
                close(file);
                continue;
            }
            double came_s = now_s(), age_s = came_s - began_s + restart_each_s * device / devices;
            if (requests < MOST_LATE)
                late_s[requests] = fmod(came_s, grid_s);
            requests++;
            int length = answer(out, in, age_s, counts_per_s, restart_each_s);
            if (send(file, out, length, MSG_NOSIGNAL) != length)
                close(file);
        }
    }
}
