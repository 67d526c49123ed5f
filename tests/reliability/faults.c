/* A disk that fails, for one process: preloaded (LD_PRELOAD), it counts the calls of libc that touch a path under
 * FAULTS_UNDER and makes the Nth fail, so that native code (polars) and Python meet the same fault.
 *
 *   FAULTS_UNDER   a folder, absolute and resolved; calls elsewhere pass through
 *   FAULTS_CALLS   which calls count, each name between commas: ",write,fsync,"; nothing: all
 *   FAULTS_NUMBER  which of them fails, from 1; nothing: none
 *   FAULTS_ERRNO   the error; 0: the process is killed (SIGKILL) in place of the call; -1: half of a write is written
 *   FAULTS_ROOM    bytes that can be written in all; then ENOSPC, for good
 *   FAULTS_TRACE   a file to which each counted call is appended, one a line
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum verdict { PASS, FAIL, HALF };

static atomic_long counted, written;

static void trace(const char *call, const char *path) {
    const char *file = getenv("FAULTS_TRACE");
    char line[PATH_MAX + 64];
    if (!file) return;
    int fd = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    int size = snprintf(line, sizeof line, "%s %s\n", call, path);
    if (syscall(SYS_write, fd, line, (size_t)size) < 0) abort();
    syscall(SYS_close, fd);
}

static enum verdict judge(const char *call, const char *path) {
    const char *under = getenv("FAULTS_UNDER"), *calls = getenv("FAULTS_CALLS"), *number = getenv("FAULTS_NUMBER");
    char name[64];
    int before = errno;
    if (!under || strncmp(path, under, strlen(under)) != 0) return PASS;
    snprintf(name, sizeof name, ",%s,", call);
    if (calls && *calls && !strstr(calls, name)) return PASS;
    trace(call, path);
    errno = before;
    if (atomic_fetch_add(&counted, 1) + 1 != (number ? atol(number) : 0)) return PASS;
    int error = atoi(getenv("FAULTS_ERRNO") ? getenv("FAULTS_ERRNO") : "5");
    if (error == 0) syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    if (error == -1) return HALF;
    errno = error;
    return FAIL;
}

static void path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = syscall(SYS_readlink, link, path, PATH_MAX - 1);
    path[size < 0 ? 0 : size] = 0;
}

static enum verdict at(const char *call, int folder, const char *name) {
    char path[2 * PATH_MAX + 2] = "";
    int before = errno;
    if (name[0] != '/') {
        if (folder == AT_FDCWD) {
            if (syscall(SYS_getcwd, path, PATH_MAX) < 0) path[0] = 0;
        } else
            path_of(folder, path);
        strcat(path, "/");
    }
    strncat(path, name, PATH_MAX);
    errno = before;
    return judge(call, path);
}

static enum verdict on(const char *call, int fd) {
    char path[PATH_MAX];
    int before = errno;
    path_of(fd, path);
    errno = before;
    return judge(call, path);
}

/* How much of `size` bytes the disk takes: all, some, or -1 (ENOSPC). */
static ssize_t room(int fd, size_t size) {
    const char *limit = getenv("FAULTS_ROOM"), *under = getenv("FAULTS_UNDER");
    char path[PATH_MAX];
    path_of(fd, path);
    if (!limit || !under || strncmp(path, under, strlen(under)) != 0) return size;
    long left = atol(limit) - atomic_fetch_add(&written, (long)size);
    if (left >= (long)size) return size;
    if (left > 0) return left;
    errno = ENOSPC;
    return -1;
}

#define REAL(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

#define OPEN(name)                                                              \
    int name(const char *path, int flags, ...) {                                \
        va_list more;                                                           \
        va_start(more, flags);                                                  \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more);                                                           \
        if (at("open", AT_FDCWD, path) == FAIL) return -1;                      \
        return REAL(int, name, const char *, int, ...)(path, flags, mode);      \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                \
    int name(int folder, const char *path, int flags, ...) {                        \
        va_list more;                                                               \
        va_start(more, flags);                                                      \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;     \
        va_end(more);                                                               \
        if (at("open", folder, path) == FAIL) return -1;                            \
        return REAL(int, name, int, const char *, int, ...)(folder, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

ssize_t read(int fd, void *into, size_t size) {
    if (on("read", fd) == FAIL) return -1;
    return syscall(SYS_read, fd, into, size);
}

ssize_t write(int fd, const void *from, size_t size) {
    enum verdict said = on("write", fd);
    if (said == FAIL) return -1;
    if (said == HALF && size > 1) size /= 2;
    ssize_t taken = room(fd, size);
    return taken < 0 ? -1 : syscall(SYS_write, fd, from, (size_t)taken);
}

ssize_t writev(int fd, const struct iovec *pieces, int count) {
    enum verdict said = on("write", fd);
    if (said == FAIL) return -1;
    size_t size = 0;
    for (int i = 0; i < count; i++) size += pieces[i].iov_len;
    ssize_t taken = room(fd, size);
    if (taken < 0) return -1;
    if ((size_t)taken < size || (said == HALF && count > 0 && pieces[0].iov_len > 1)) {
        size_t first = pieces[0].iov_len < (size_t)taken ? pieces[0].iov_len : (size_t)taken;
        return syscall(SYS_write, fd, pieces[0].iov_base, said == HALF ? first / 2 : first);
    }
    return syscall(SYS_writev, fd, pieces, count);
}

#define ON_FD(call, name)                               \
    int name(int fd) {                                  \
        if (on(call, fd) == FAIL) return -1;            \
        return REAL(int, name, int)(fd);                \
    }
ON_FD("fsync", fsync)
ON_FD("fsync", fdatasync)

int close(int fd) { /* closed all the same, as Linux does */
    enum verdict said = on("close", fd);
    int error = errno, done = syscall(SYS_close, fd);
    if (said == FAIL) errno = error;
    return said == FAIL ? -1 : done;
}

int flock(int fd, int operation) {
    if (on("flock", fd) == FAIL) return -1;
    return syscall(SYS_flock, fd, operation);
}

#define TRUNCATE(name)                                  \
    int name(int fd, off_t size) {                      \
        if (on("truncate", fd) == FAIL) return -1;      \
        return syscall(SYS_ftruncate, fd, size);        \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

#define ON_PATH(call, name, extra_type, real)           \
    int name(const char *path, extra_type extra) {      \
        if (at(call, AT_FDCWD, path) == FAIL) return -1; \
        return real;                                    \
    }
ON_PATH("mkdir", mkdir, mode_t, syscall(SYS_mkdirat, AT_FDCWD, path, extra))
ON_PATH("stat", stat, struct stat *, syscall(SYS_newfstatat, AT_FDCWD, path, extra, 0))
ON_PATH("stat", stat64, struct stat64 *, syscall(SYS_newfstatat, AT_FDCWD, path, extra, 0))
ON_PATH("stat", lstat, struct stat *, syscall(SYS_newfstatat, AT_FDCWD, path, extra, AT_SYMLINK_NOFOLLOW))
ON_PATH("stat", lstat64, struct stat64 *, syscall(SYS_newfstatat, AT_FDCWD, path, extra, AT_SYMLINK_NOFOLLOW))

int mkdirat(int folder, const char *path, mode_t mode) {
    if (at("mkdir", folder, path) == FAIL) return -1;
    return syscall(SYS_mkdirat, folder, path, mode);
}

int unlink(const char *path) {
    if (at("unlink", AT_FDCWD, path) == FAIL) return -1;
    return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int unlinkat(int folder, const char *path, int flags) {
    if (at("unlink", folder, path) == FAIL) return -1;
    return syscall(SYS_unlinkat, folder, path, flags);
}

int rmdir(const char *path) {
    if (at("unlink", AT_FDCWD, path) == FAIL) return -1;
    return syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

int rename(const char *from, const char *to) {
    if (at("rename", AT_FDCWD, from) == FAIL) return -1;
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    if (at("rename", from_folder, from) == FAIL) return -1;
    return syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    if (at("rename", from_folder, from) == FAIL) return -1;
    return syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to) {
    if (at("link", AT_FDCWD, to) == FAIL) return -1;
    return syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

DIR *opendir(const char *path) {
    if (at("list", AT_FDCWD, path) == FAIL) return NULL;
    return REAL(DIR *, opendir, const char *)(path);
}

DIR *fdopendir(int fd) {
    if (on("list", fd) == FAIL) return NULL;
    return REAL(DIR *, fdopendir, int)(fd);
}
