/* The limit: asks each of the Modbus TCP devices for ten registers on a fixed grid, and stores nothing.
 *
 * modbus_poller PERIOD_MS SECONDS PORT... prints as JSON: answers of how many wanted, CPU seconds, seconds, and the p99
 * of how long after its tick an answer was there, in ms.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER = 29, MOST_EVENTS = 64, TICK = 1 << 20 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static double cpu_s(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int connected(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int file = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (connect(file, (void *)&address, sizeof address))
        exit(1);
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return file;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    int devices = argc - 3, epoll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, 0), *files;
    double period_s = atof(argv[1]) / 1000, seconds = atof(argv[2]);
    long ticks = (long)(seconds / period_s), tick = -1, answers = 0;
    double *late_s = malloc(sizeof *late_s * (ticks + 1) * devices);
    files = malloc(sizeof *files * devices);
    for (int i = 0; i < devices; i++) {
        files[i] = connected(atoi(argv[3 + i]));
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        epoll_ctl(epoll, EPOLL_CTL_ADD, files[i], &event);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = TICK};
    epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event);
    double first_s = now_s() + 0.1, cpu_before = cpu_s(), due_s = first_s;
    struct itimerspec grid = {
        .it_interval = {(long)period_s, (long)((period_s - (long)period_s) * 1e9)},
        .it_value = {(long)first_s, (long)((first_s - (long)first_s) * 1e9)},
    };
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &grid, NULL);
    while (tick < ticks) {
        struct epoll_event events[MOST_EVENTS];
        int ready = epoll_wait(epoll, events, MOST_EVENTS, 1000);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.u32 == TICK) {
                uint64_t gone;
                if (read(timer, &gone, sizeof gone) != sizeof gone)
                    return 1;
                tick += gone;
                due_s = first_s + tick * period_s;
                static const uint8_t request[] = {0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 10};
                for (int j = 0; tick < ticks && j < devices; j++)
                    if (write(files[j], request, sizeof request) != sizeof request)
                        return 1;
            } else {
                uint8_t answer[64];
                if (read(files[events[i].data.u32], answer, sizeof answer) == ANSWER && answers < ticks * devices)
                    late_s[answers++] = now_s() - due_s;
            }
        }
    }
    double took_s = now_s() - first_s, used_s = cpu_s() - cpu_before;
    qsort(late_s, answers, sizeof *late_s, rising);
    printf("{\"answers\": %ld, \"wanted\": %ld, \"cpu_s\": %.6f, \"seconds\": %.3f, \"late_p99_ms\": %.3f}\n", answers,
           ticks * devices, used_s, took_s, answers ? late_s[(long)(answers * 0.99)] * 1e3 : 0);
    return 0;
}
