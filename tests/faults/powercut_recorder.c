/* Records what a process asks of the files under $POWERCUT_ROOT: every write, cut, name change and barrier, in order.
 *
 * Preloaded into the process under test (LD_PRELOAD). tests/faults/powercut.py replays the log to "what the card would
 * hold if the plug had been pulled here". A write to $POWERCUT_NOTES is not a file's content but a note in the log,
 * so that the replay knows what the process had promised to whom at that moment.
 *
 * A record: u8 operation, u32 file, u64 offset, u32 length, then `length` bytes; little-endian.
 * A file has a number for each path, given at its first opening; RENAME carries the new path's number as its offset.
 *
 * Build: gcc -O2 -Wall -shared -fPIC -o powercut_recorder.so powercut_recorder.c -ldl -lpthread
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum operation { OPEN = 1, WRITE, TRUNCATE, SYNC, UNLINK, RENAME, NOTE, FAILED };

#define MAX_DESCRIPTORS 4096
#define MAX_FILES 256
#define FAIL_IN_A_ROW 4
#define NOT_OURS (-1)
#define NOTES (-2)
#define HEADER_BYTES 17

static int log_fd = -1;
static char root[PATH_MAX], notes[PATH_MAX];
static char *paths[MAX_FILES];
static int path_count;
static int syncs, fail_every;
static int file_of[MAX_DESCRIPTORS];
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* The C library's own function behind the one defined here. */
#define REAL(result, name, ...)                                                                                        \
  static result (*real_##name)(__VA_ARGS__);                                                                           \
  if (!real_##name) real_##name = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static void record(enum operation operation, uint32_t file, uint64_t offset, const void *bytes, uint32_t length) {
  unsigned char header[HEADER_BYTES] = {operation};
  memcpy(header + 1, &file, 4);
  memcpy(header + 5, &offset, 8);
  memcpy(header + 13, &length, 4);
  struct iovec parts[2] = {{header, HEADER_BYTES}, {(void *)bytes, length}};
  REAL(ssize_t, writev, int, const struct iovec *, int);
  if (real_writev(log_fd, parts, 2) != (ssize_t)(HEADER_BYTES + length)) abort(); /* half a log proves nothing */
}

__attribute__((constructor)) static void begin(void) {
  for (int fd = 0; fd < MAX_DESCRIPTORS; fd++) file_of[fd] = NOT_OURS;
  const char *every = getenv("POWERCUT_FAIL_EVERY");
  fail_every = every ? atoi(every) : 0;
  const char *folder = getenv("POWERCUT_ROOT"), *log = getenv("POWERCUT_LOG"), *note_file = getenv("POWERCUT_NOTES");
  if (!folder || !log || !note_file || !realpath(folder, root)) return;
  snprintf(notes, sizeof notes, "%s", note_file);
  REAL(int, open, const char *, int, ...);
  log_fd = real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  unsetenv("LD_PRELOAD"); /* a child would write a log of its own into ours */
}

/* The number of a path under the root; the root itself has one too, so that its own fsync is seen. */
static int number_of(const char *path, int make) {
  char full[2 * PATH_MAX];
  if (log_fd < 0) return NOT_OURS;
  if (path[0] == '/') {
    snprintf(full, sizeof full, "%s", path);
  } else {
    char here[PATH_MAX];
    if (!getcwd(here, sizeof here)) return NOT_OURS;
    snprintf(full, sizeof full, "%s/%s", here, path);
  }
  size_t length = strlen(root);
  if (strncmp(full, root, length) || (full[length] && full[length] != '/')) return NOT_OURS;
  const char *inside = full + length + (full[length] == '/');
  for (int number = 0; number < path_count; number++)
    if (!strcmp(paths[number], inside)) return number;
  if (!make) return NOT_OURS;
  if (path_count == MAX_FILES) abort();
  paths[path_count] = strdup(inside);
  return path_count++;
}

static void opened(const char *path, int fd, int flags) {
  if (fd < 0 || log_fd < 0) return;
  if (fd >= MAX_DESCRIPTORS) abort();
  pthread_mutex_lock(&one_at_a_time);
  if (!strcmp(path, notes)) {
    file_of[fd] = NOTES;
  } else {
    int file = file_of[fd] = number_of(path, 1);
    if (file >= 0 && (flags & O_ACCMODE) != O_RDONLY)
      record(OPEN, file, (flags & O_TRUNC) != 0, paths[file], strlen(paths[file]));
  }
  pthread_mutex_unlock(&one_at_a_time);
}

static int file_behind(int fd) { return fd >= 0 && fd < MAX_DESCRIPTORS ? file_of[fd] : NOT_OURS; }

#define MODE_ARGUMENT                                                                                                  \
  mode_t mode = 0;                                                                                                     \
  if (flags & (O_CREAT | O_TMPFILE)) {                                                                                 \
    va_list more;                                                                                                      \
    va_start(more, flags);                                                                                             \
    mode = va_arg(more, mode_t);                                                                                       \
    va_end(more);                                                                                                      \
  }

#define DEFINE_OPEN(name)                                                                                              \
  int name(const char *path, int flags, ...) {                                                                         \
    MODE_ARGUMENT                                                                                                      \
    REAL(int, name, const char *, int, ...);                                                                           \
    int fd = real_##name(path, flags, mode);                                                                           \
    opened(path, fd, flags);                                                                                           \
    return fd;                                                                                                         \
  }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)

#define DEFINE_OPENAT(name)                                                                                            \
  int name(int folder, const char *path, int flags, ...) {                                                             \
    MODE_ARGUMENT                                                                                                      \
    REAL(int, name, int, const char *, int, ...);                                                                      \
    int fd = real_##name(folder, path, flags, mode);                                                                   \
    if (folder == AT_FDCWD || path[0] == '/') opened(path, fd, flags);                                                 \
    return fd;                                                                                                         \
  }
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

int close(int fd) {
  REAL(int, close, int);
  if (file_behind(fd) != NOT_OURS) file_of[fd] = NOT_OURS;
  return real_close(fd);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(ssize_t, write, int, const void *, size_t);
  int file = file_behind(fd);
  if (file == NOT_OURS) return real_write(fd, bytes, length);
  pthread_mutex_lock(&one_at_a_time);
  ssize_t result;
  if (file == NOTES) {
    record(NOTE, 0, 0, bytes, length);
    result = real_write(fd, bytes, length);
  } else {
    struct stat now;
    off_t place = lseek(fd, 0, SEEK_CUR);
    if ((fcntl(fd, F_GETFL) & O_APPEND) && !fstat(fd, &now)) place = now.st_size;
    result = real_write(fd, bytes, length);
    if (result > 0) record(WRITE, file, place, bytes, result);
  }
  pthread_mutex_unlock(&one_at_a_time);
  return result;
}

#define DEFINE_PWRITE(name, offset_type)                                                                               \
  ssize_t name(int fd, const void *bytes, size_t length, offset_type offset) {                                         \
    REAL(ssize_t, name, int, const void *, size_t, offset_type);                                                       \
    int file = file_behind(fd);                                                                                        \
    if (file < 0) return real_##name(fd, bytes, length, offset);                                                       \
    pthread_mutex_lock(&one_at_a_time);                                                                                \
    ssize_t result = real_##name(fd, bytes, length, offset);                                                           \
    if (result > 0) record(WRITE, file, offset, bytes, result);                                                        \
    pthread_mutex_unlock(&one_at_a_time);                                                                              \
    return result;                                                                                                     \
  }
DEFINE_PWRITE(pwrite, off_t)
DEFINE_PWRITE(pwrite64, off64_t)

#define DEFINE_TRUNCATE(name, offset_type)                                                                             \
  int name(int fd, offset_type length) {                                                                               \
    REAL(int, name, int, offset_type);                                                                                 \
    pthread_mutex_lock(&one_at_a_time);                                                                                \
    int result = real_##name(fd, length);                                                                              \
    if (!result && file_behind(fd) >= 0) record(TRUNCATE, file_behind(fd), length, NULL, 0);                           \
    pthread_mutex_unlock(&one_at_a_time);                                                                              \
    return result;                                                                                                     \
  }
DEFINE_TRUNCATE(ftruncate, off_t)
DEFINE_TRUNCATE(ftruncate64, off64_t)

/* With $POWERCUT_FAIL_EVERY=n some barriers in a row fail after n, and so on: the kernel reports EIO once for each, and
 * takes what it could not write for written (man fsync). The first n never fail. */
static int fails(int fd) {
  if (!fail_every || file_behind(fd) < 0) return 0;
  syncs++;
  if (syncs < fail_every || syncs % fail_every >= FAIL_IN_A_ROW) return 0;
  record(FAILED, file_behind(fd), 0, NULL, 0);
  errno = EIO;
  return 1;
}

/* A barrier holds from the moment it has returned. */
#define DEFINE_SYNC(name)                                                                                              \
  int name(int fd) {                                                                                                   \
    REAL(int, name, int);                                                                                              \
    pthread_mutex_lock(&one_at_a_time);                                                                                \
    int result = fails(fd) ? -1 : real_##name(fd);                                                                     \
    if (!result && file_behind(fd) >= 0) record(SYNC, file_behind(fd), 0, NULL, 0);                                    \
    pthread_mutex_unlock(&one_at_a_time);                                                                              \
    return result;                                                                                                     \
  }
DEFINE_SYNC(fsync)
DEFINE_SYNC(fdatasync)

int unlink(const char *path) {
  REAL(int, unlink, const char *);
  pthread_mutex_lock(&one_at_a_time);
  int result = real_unlink(path), file = number_of(path, 0);
  if (!result && file >= 0) record(UNLINK, file, 0, NULL, 0);
  pthread_mutex_unlock(&one_at_a_time);
  return result;
}

int rename(const char *from, const char *to) {
  REAL(int, rename, const char *, const char *);
  pthread_mutex_lock(&one_at_a_time);
  int result = real_rename(from, to), old = number_of(from, 0), new = number_of(to, 1);
  if (!result && old >= 0 && new >= 0) record(RENAME, old, new, paths[new], strlen(paths[new]));
  pthread_mutex_unlock(&one_at_a_time);
  return result;
}
