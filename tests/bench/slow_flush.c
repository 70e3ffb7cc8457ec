/* For LD_PRELOAD: a disk whose every flush takes SLOW_US microseconds, and which makes one flush at a time, as a card
   does. SLOW_LOCK names a file that all processes on this disk share. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

static int slowly(const char *name, int file) {
    int (*flush)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    const char *us = getenv("SLOW_US"), *path = getenv("SLOW_LOCK");
    int lock = path ? open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600) : -1;
    if (lock >= 0)
        flock(lock, LOCK_EX);
    usleep(us ? (useconds_t)atoi(us) : 0);
    int done = flush(file);
    if (lock >= 0)
        close(lock);
    return done;
}

int fsync(int file) { return slowly("fsync", file); }
int fdatasync(int file) { return slowly("fdatasync", file); }
