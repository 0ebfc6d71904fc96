/* Stands before the system calls of a process, numbers those on files of one folder, and makes one
 * of them fail: loaded by LD_PRELOAD, armed by `faults_arm` in a process that was forked for it.
 *
 * A failed fsync has lost what was written since the one before, as on a disk: those bytes turn
 * into zeros, whatever a later fsync says. Without power the same is lost of every file, and every
 * name that came, changed or went since its folder was synced is what it was. Nothing is really
 * synced. Trap: what this file calls itself must be the true function, found by `real`, or it would
 * count.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum call {
  OPEN,
  READ,
  WRITE,
  FSYNC,
  RENAME,
  LINK,
  UNLINK,
  FTRUNCATE,
  MKDIR,
  RMDIR,
  CLOSE,
  CHMOD,
  FLOCK,
  STAT
};
/* Faults below are the number of an error; LASTING is added where the disk stays as it is. */
enum fault { KILL = 1000, TORN, SHORT, NO_DATA, NO_NAMES, NO_POWER, LASTING = 10000 };
enum { MOST = 1 << 16, FILES = 256, NAMES = 4096 };

struct shared {
  int count;
  unsigned char made[MOST];
  char path[PATH_MAX];
};
struct file {
  dev_t dev;
  ino_t ino;
  off_t from, to, safe;
  int own;
};
struct name {
  enum call how;
  int exchanged, shelved;
  char from[PATH_MAX], to[PATH_MAX];
};

static struct shared* shared;
static struct file files[FILES];
static struct name* names;
static int file_count, name_count, shelf_count;
static int armed, at, fault;
static char root[PATH_MAX], shelf[PATH_MAX];
static __thread char path_of_call[PATH_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define real(name) ((__typeof__(&name))found(#name))
static void* found(const char* name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  names =
      mmap(NULL, NAMES * sizeof *names, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED || names == MAP_FAILED) abort();
}

/* From now on calls below `folder` count; call number `number` meets `what`, 0 is no fault. */
void faults_arm(const char* folder, const char* aside, int number, int what) {
  snprintf(root, sizeof root, "%s", folder);
  snprintf(shelf, sizeof shelf, "%s", aside);
  at = number;
  fault = what;
  armed = 1;
}
void faults_reset(void) { shared->count = *shared->path = 0; }
int faults_count(void) { return shared->count; }
int faults_made(int number) { return shared->made[number]; }
const char* faults_path(void) { return shared->path; }

static int below(const char* path) {
  size_t length = strlen(root);
  if (strncmp(path, root, length) || (path[length] && path[length] != '/')) return 0;
  snprintf(path_of_call, sizeof path_of_call, "%s", path);
  return 1;
}

/* Whether `path` is in the folder, and where in full. */
static int inside(int base, const char* path, char* full) {
  char folder[PATH_MAX] = "";
  if (!armed || !path) return 0;
  if (*path == '/') {
    snprintf(full, PATH_MAX, "%s", path);
  } else {
    if (base == AT_FDCWD) {
      if (!getcwd(folder, sizeof folder)) return 0;
    } else {
      char link[64];
      snprintf(link, sizeof link, "/proc/self/fd/%d", base);
      ssize_t length = readlink(link, folder, sizeof folder - 1);
      if (length < 0) return 0;
    }
    if (snprintf(full, PATH_MAX, "%s/%s", folder, path) >= PATH_MAX) return 0;
  }
  size_t length = strlen(full);
  if (length > 2 && !strcmp(full + length - 2, "/.")) full[length - 2] = 0;
  return below(full);
}

static int is_open_inside(int descriptor) {
  char link[64], full[PATH_MAX] = "";
  if (!armed) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  return readlink(link, full, sizeof full - 1) > 0 && below(full);
}

/* What is lost with the power. */

static struct file* file_of(int descriptor, int make) {
  struct stat seen;
  if (real(fstat)(descriptor, &seen) || !S_ISREG(seen.st_mode)) return NULL;
  for (int i = 0; i < file_count; ++i)
    if (files[i].ino == seen.st_ino && files[i].dev == seen.st_dev) return &files[i];
  if (!make) return NULL;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  int own = real(open)(link, O_RDWR | O_CLOEXEC);
  if (own < 0 || file_count == FILES) abort();
  files[file_count] = (struct file){seen.st_dev, seen.st_ino, LLONG_MAX, 0, 0, own};
  return &files[file_count++];
}

static void note_write(int descriptor, off_t from, ssize_t size, off_t before) {
  struct file* file = size > 0 ? file_of(descriptor, 1) : NULL;
  if (!file) return;
  if (file->from > file->to) file->safe = before;
  if (from < file->from) file->from = from;
  if (from + size > file->to) file->to = from + size;
}

/* What was written is zeros; without power what was appended is gone. */
static void lose_data(struct file* file, int powerless) {
  static const char zeros[4096];
  struct stat seen;
  if (real(fstat)(file->own, &seen)) return;
  if (powerless && file->from <= file->to && file->safe < seen.st_size) {
    if (real(ftruncate)(file->own, file->safe)) abort();
    seen.st_size = file->safe;
  }
  off_t end = file->to < seen.st_size ? file->to : seen.st_size;
  for (off_t from = file->from; from < end; from += (off_t)sizeof zeros) {
    size_t size = end - from < (off_t)sizeof zeros ? (size_t)(end - from) : sizeof zeros;
    if (real(pwrite)(file->own, zeros, size, from) < 0) abort();
  }
  file->from = LLONG_MAX;
  file->to = 0;
}

static int needs_names(void) { return fault == NO_NAMES || fault == NO_POWER; }

/* Keeps what stands under a name, so that it can be brought back. */
static int shelved(const char* path) {
  char kept[PATH_MAX + 16];
  snprintf(kept, sizeof kept, "%s/%d", shelf, shelf_count);
  return real(link)(path, kept) ? -1 : shelf_count++;
}

static void note_name(enum call how, const char* from, const char* to, int exchanged, int kept) {
  if (name_count == NAMES) abort();
  struct name* name = &names[name_count++];
  *name = (struct name){.how = how, .exchanged = exchanged, .shelved = kept};
  snprintf(name->from, PATH_MAX, "%s", from);
  snprintf(name->to, PATH_MAX, "%s", to);
}

static void bring_back(const char* path, int kept) {
  char from[PATH_MAX + 16];
  snprintf(from, sizeof from, "%s/%d", shelf, kept);
  if (kept >= 0) real(rename)(from, path);
}

static void lose_names(void) {
  while (name_count) {
    struct name* name = &names[--name_count];
    if (name->how == RENAME && name->exchanged) {
      real(renameat2)(AT_FDCWD, name->from, AT_FDCWD, name->to, RENAME_EXCHANGE);
    } else if (name->how == RENAME) {
      real(rename)(name->to, name->from);
      bring_back(name->to, name->shelved);
    } else if (name->how == UNLINK) {
      bring_back(name->to, name->shelved);
    } else if (name->how == MKDIR) {
      char aside[PATH_MAX + 16];
      snprintf(aside, sizeof aside, "%s/%d", shelf, shelf_count++);
      real(rename)(name->to, aside);
    } else if (name->how == RMDIR) {
      real(mkdir)(name->to, 0777);
    } else {
      real(unlink)(name->to);
    }
  }
}

static int lies_in(const char* path, const char* folder) {
  size_t length = strlen(folder);
  return !strncmp(path, folder, length) && path[length] == '/' && !strchr(path + length + 1, '/');
}

static void note_sync(int descriptor) {
  struct file* file = file_of(descriptor, 0);
  if (file) {
    file->from = LLONG_MAX;
    file->to = 0;
    return;
  }
  char link[64], folder[PATH_MAX] = "";
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  if (readlink(link, folder, sizeof folder - 1) < 0) return;
  int kept = 0;
  for (int i = 0; i < name_count; ++i)
    if (!lies_in(names[i].to, folder)) names[kept++] = names[i];
  name_count = kept;
}

/* What a disk that stays full, or read-only, refuses from now on. */
static int refuses(int error, enum call call, int writes) {
  if (call == WRITE || call == MKDIR || call == LINK) return 1;
  if (call == OPEN) return writes;
  if (error != EROFS) return 0;
  return call == RENAME || call == UNLINK || call == FTRUNCATE || call == RMDIR || call == CHMOD;
}

static void lose(void) {
  if (fault == NO_DATA || fault == NO_POWER)
    for (int i = 0; i < file_count; ++i) lose_data(&files[i], 1);
  if (needs_names()) lose_names();
}

/* The process has ended by itself: the power may still go. */
void faults_end(void) { lose(); }

static void end(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* Counts a call. What it is to meet: 0, an error, TORN or SHORT. */
static int met(enum call call, int writes) {
  int number = __atomic_fetch_add(&shared->count, 1, __ATOMIC_SEQ_CST);
  if (number >= MOST) abort();
  shared->made[number] = (unsigned char)call;
  if (number == at) memcpy(shared->path, path_of_call, sizeof path_of_call);
  if (fault >= LASTING)
    return number >= at && refuses(fault - LASTING, call, writes) ? fault - LASTING : 0;
  if (!fault || number != at) return 0;
  lose();
  if (fault == KILL || fault >= NO_DATA || (fault == TORN && call != WRITE)) end();
  return fault == SHORT && call != WRITE ? 0 : fault;
}

#define FAIL_IF(error)             \
  do {                             \
    int number_ = (error);         \
    if (number_) {                 \
      pthread_mutex_unlock(&lock); \
      errno = number_;             \
      return -1;                   \
    }                              \
  } while (0)
#define DONE(result)                       \
  do {                                     \
    __typeof__(result) result_ = (result); \
    int errno_ = errno;                    \
    pthread_mutex_unlock(&lock);           \
    errno = errno_;                        \
    return result_;                        \
  } while (0)

static int open_at(int base, const char* path, int flags, mode_t mode) {
  char full[PATH_MAX];
  if (!inside(base, path, full)) return real(openat)(base, path, flags, mode);
  pthread_mutex_lock(&lock);
  int writes = (flags & O_ACCMODE) != O_RDONLY;
  FAIL_IF(met(OPEN, writes));
  struct stat seen;
  int is_new = (flags & O_CREAT) && real(lstat)(full, &seen);
  int descriptor = real(openat)(base, path, flags, mode);
  if (descriptor >= 0 && is_new && needs_names()) note_name(OPEN, "", full, 0, -1);
  DONE(descriptor);
}

#define MODE(flags)                        \
  mode_t mode = 0;                         \
  if ((flags) & (O_CREAT | __O_TMPFILE)) { \
    va_list more;                          \
    va_start(more, flags);                 \
    mode = va_arg(more, mode_t);           \
    va_end(more);                          \
  }
int open(const char* path, int flags, ...) {
  MODE(flags) return open_at(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  MODE(flags) return open_at(AT_FDCWD, path, flags, mode);
}
int openat(int base, const char* path, int flags, ...) {
  MODE(flags) return open_at(base, path, flags, mode);
}
int openat64(int base, const char* path, int flags, ...) {
  MODE(flags) return open_at(base, path, flags, mode);
}

ssize_t read(int descriptor, void* data, size_t size) {
  if (!is_open_inside(descriptor)) return real(read)(descriptor, data, size);
  pthread_mutex_lock(&lock);
  FAIL_IF(met(READ, 0));
  DONE(real(read)(descriptor, data, size));
}

static ssize_t pread_(int descriptor, void* data, size_t size, off_t from) {
  if (!is_open_inside(descriptor)) return real(pread)(descriptor, data, size, from);
  pthread_mutex_lock(&lock);
  FAIL_IF(met(READ, 0));
  DONE(real(pread)(descriptor, data, size, from));
}
ssize_t pread(int d, void* data, size_t size, off_t from) { return pread_(d, data, size, from); }
ssize_t pread64(int d, void* data, size_t size, off_t from) { return pread_(d, data, size, from); }

/* `from` is -1 where the file's own position counts. */
static ssize_t put(int descriptor, const void* data, size_t size, off_t from) {
  if (!is_open_inside(descriptor))
    return from < 0 ? real(write)(descriptor, data, size)
                    : real(pwrite)(descriptor, data, size, from);
  pthread_mutex_lock(&lock);
  int what = met(WRITE, 1);
  FAIL_IF(what < KILL ? what : 0);
  if (what) size = size > 1 ? size / 2 : size;
  off_t start = from;
  if (from < 0) {
    int appends = fcntl(descriptor, F_GETFL) & O_APPEND;
    start = lseek(descriptor, 0, appends ? SEEK_END : SEEK_CUR);
  }
  struct stat seen = {0};
  real(fstat)(descriptor, &seen);
  ssize_t done =
      from < 0 ? real(write)(descriptor, data, size) : real(pwrite)(descriptor, data, size, from);
  if (what == TORN) end();
  note_write(descriptor, start, done, seen.st_size);
  DONE(done);
}
ssize_t write(int d, const void* data, size_t size) { return put(d, data, size, -1); }
ssize_t pwrite(int d, const void* data, size_t size, off_t from) {
  return put(d, data, size, from);
}
ssize_t pwrite64(int d, const void* data, size_t size, off_t from) {
  return put(d, data, size, from);
}

static int synced(int descriptor, int (*call)(int)) {
  if (!is_open_inside(descriptor)) return call(descriptor);
  pthread_mutex_lock(&lock);
  int error = met(FSYNC, 0);
  struct file* file = file_of(descriptor, 0);
  if (error && error != EINTR && file) lose_data(file, 0);
  FAIL_IF(error);
  note_sync(descriptor);
  DONE(0);
}
int fsync(int descriptor) { return synced(descriptor, real(fsync)); }
int fdatasync(int descriptor) { return synced(descriptor, real(fdatasync)); }

static int renamed(int base, const char* path, int other, const char* to, unsigned flags) {
  char from[PATH_MAX], target[PATH_MAX];
  if (!inside(base, path, from) | !inside(other, to, target))
    return real(renameat2)(base, path, other, to, flags);
  pthread_mutex_lock(&lock);
  FAIL_IF(met(RENAME, 1));
  int kept = needs_names() && !flags ? shelved(target) : -1;
  int failed = real(renameat2)(base, path, other, to, flags);
  if (!failed && needs_names()) note_name(RENAME, from, target, flags == RENAME_EXCHANGE, kept);
  DONE(failed);
}
int rename(const char* path, const char* to) { return renamed(AT_FDCWD, path, AT_FDCWD, to, 0); }
int renameat(int base, const char* path, int other, const char* to) {
  return renamed(base, path, other, to, 0);
}
int renameat2(int base, const char* path, int other, const char* to, unsigned flags) {
  return renamed(base, path, other, to, flags);
}

static int linked(int base, const char* path, int other, const char* to, int flags) {
  char target[PATH_MAX];
  if (!inside(other, to, target)) return real(linkat)(base, path, other, to, flags);
  pthread_mutex_lock(&lock);
  FAIL_IF(met(LINK, 1));
  int failed = real(linkat)(base, path, other, to, flags);
  if (!failed && needs_names()) note_name(LINK, "", target, 0, -1);
  DONE(failed);
}
int link(const char* path, const char* to) { return linked(AT_FDCWD, path, AT_FDCWD, to, 0); }
int linkat(int base, const char* path, int other, const char* to, int flags) {
  return linked(base, path, other, to, flags);
}

static int unlinked(int base, const char* path, int flags) {
  char full[PATH_MAX];
  if (!inside(base, path, full)) return real(unlinkat)(base, path, flags);
  pthread_mutex_lock(&lock);
  int is_folder = flags & AT_REMOVEDIR;
  FAIL_IF(met(is_folder ? RMDIR : UNLINK, 1));
  int kept = needs_names() && !is_folder ? shelved(full) : -1;
  int failed = real(unlinkat)(base, path, flags);
  if (!failed && needs_names()) note_name(is_folder ? RMDIR : UNLINK, "", full, 0, kept);
  DONE(failed);
}
int unlink(const char* path) { return unlinked(AT_FDCWD, path, 0); }
int unlinkat(int base, const char* path, int flags) { return unlinked(base, path, flags); }
int rmdir(const char* path) { return unlinked(AT_FDCWD, path, AT_REMOVEDIR); }

static int cut(int descriptor, off_t size) {
  if (!is_open_inside(descriptor)) return real(ftruncate)(descriptor, size);
  pthread_mutex_lock(&lock);
  FAIL_IF(met(FTRUNCATE, 1));
  DONE(real(ftruncate)(descriptor, size));
}
int ftruncate(int descriptor, off_t size) { return cut(descriptor, size); }
int ftruncate64(int descriptor, off_t size) { return cut(descriptor, size); }

static int made(int base, const char* path, mode_t mode) {
  char full[PATH_MAX];
  if (!inside(base, path, full)) return real(mkdirat)(base, path, mode);
  pthread_mutex_lock(&lock);
  FAIL_IF(met(MKDIR, 1));
  int failed = real(mkdirat)(base, path, mode);
  if (!failed && needs_names()) note_name(MKDIR, "", full, 0, -1);
  DONE(failed);
}
int mkdir(const char* path, mode_t mode) { return made(AT_FDCWD, path, mode); }
int mkdirat(int base, const char* path, mode_t mode) { return made(base, path, mode); }

/* A descriptor is gone also where close fails. */
int close(int descriptor) {
  if (!is_open_inside(descriptor)) return real(close)(descriptor);
  pthread_mutex_lock(&lock);
  int error = met(CLOSE, 0), failed = real(close)(descriptor);
  FAIL_IF(error);
  DONE(failed);
}

static int changed(int base, const char* path, mode_t mode, int flags) {
  char full[PATH_MAX];
  if (!inside(base, path, full)) return real(fchmodat)(base, path, mode, flags);
  pthread_mutex_lock(&lock);
  FAIL_IF(met(CHMOD, 1));
  DONE(real(fchmodat)(base, path, mode, flags));
}
int chmod(const char* path, mode_t mode) { return changed(AT_FDCWD, path, mode, 0); }
int fchmodat(int base, const char* path, mode_t mode, int flags) {
  return changed(base, path, mode, flags);
}

int flock(int descriptor, int how) {
  if (!is_open_inside(descriptor)) return real(flock)(descriptor, how);
  pthread_mutex_lock(&lock);
  FAIL_IF(met(FLOCK, 0));
  DONE(real(flock)(descriptor, how));
}

static int seen_at(int base, const char* path, struct stat* seen, int flags) {
  char full[PATH_MAX];
  int is_open = (flags & AT_EMPTY_PATH) && !*path;
  if (is_open ? !is_open_inside(base) : !inside(base, path, full))
    return real(fstatat)(base, path, seen, flags);
  pthread_mutex_lock(&lock);
  FAIL_IF(met(STAT, 0));
  DONE(real(fstatat)(base, path, seen, flags));
}
#define AS(seen) ((struct stat*)(seen))
int stat64(const char* path, struct stat64* seen) { return seen_at(AT_FDCWD, path, AS(seen), 0); }
int lstat64(const char* path, struct stat64* seen) {
  return seen_at(AT_FDCWD, path, AS(seen), AT_SYMLINK_NOFOLLOW);
}
int fstatat64(int base, const char* path, struct stat64* seen, int flags) {
  return seen_at(base, path, AS(seen), flags);
}
int fstat64(int descriptor, struct stat64* seen) {
  return seen_at(descriptor, "", AS(seen), AT_EMPTY_PATH);
}
