#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* F_OFD_SETLK */
#endif
#include "flyball.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NO_SLOT UINT32_MAX
#define PROBES 8U /* slots that a request tries */
#define NS_PER_SECOND 1000000000LL
#define LONGEST_DEADLINE_SECONDS 1e6

struct FlyballLink {
  struct FlyballMemory* memory;
  int fd;                  /* holds the lock that tells readers that we live */
  char training[PATH_MAX]; /* flyballd's file beside the directory; empty: its name is too long */
};

/* The builtins serve C and C++ alike. */
static uint64_t add(uint64_t* counter, uint64_t count) {
  return __atomic_fetch_add(counter, count, __ATOMIC_RELAXED);
}

static void enter(struct FlyballMemory* memory) {
  add(&memory->entered, 1);
  __atomic_thread_fence(__ATOMIC_RELEASE); /* no figure shows before it */
}

static void leave(struct FlyballMemory* memory) {
  __atomic_fetch_add(&memory->left, 1, __ATOMIC_RELEASE);
}

int64_t flyball_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static int is_deadline(double seconds) {
  return seconds >= 0.0 && seconds <= LONGEST_DEADLINE_SECONDS; /* not for NaN */
}

static int64_t nanoseconds(double seconds) { return (int64_t)(seconds * (double)NS_PER_SECOND); }

static int are_valid(const struct FlyballOptions* options) {
  if (options->batch_size_count > FLYBALL_BATCH_SIZES) return 0;
  for (uint32_t i = 0; i < options->batch_size_count; ++i) {
    if (options->batch_sizes[i] <= (i == 0 ? 0 : options->batch_sizes[i - 1])) return 0;
  }
  return is_deadline(options->deadline_seconds);
}

static void fill(struct FlyballMemory* memory, const struct FlyballOptions* options) {
  memset(memory, 0, sizeof *memory);
  memcpy(memory->magic, "flyball", sizeof memory->magic);
  memory->version = FLYBALL_LINK_VERSION;
  memory->size = sizeof *memory;
  memory->opened_ns = flyball_now_ns();
  memory->deadline_ns = nanoseconds(options->deadline_seconds);
  memory->batch_size_count = options->batch_size_count;
  for (uint32_t i = 0; i < options->batch_size_count; ++i) {
    memory->batch_sizes[i] = options->batch_sizes[i];
  }
}

/* Written, not only lengthened: a full file system is found here, and not by a signal later. The
 * lock is the open file's: it goes with the last process that shares it, however that ends. */
static int prepare(int fd, const struct FlyballMemory* first, struct FlyballLink* link) {
  struct flock lock;
  memset(&lock, 0, sizeof lock);
  lock.l_type = F_WRLCK;
  const ssize_t written = write(fd, first, sizeof *first);
  if (written != (ssize_t)sizeof *first) {
    if (written >= 0) errno = ENOSPC;
    return -1;
  }
  if (fchmod(fd, 0644) != 0) return -1; /* flyballd reads it as a user of its own */
  if (fcntl(fd, F_OFD_SETLK, &lock) != 0) return -1;
  void* memory = mmap(NULL, sizeof *first, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return -1;
  link->memory = (struct FlyballMemory*)memory;
  link->fd = fd;
  return 0;
}

/* The file gets its name once it is whole. */
static int create(const char* directory, const struct FlyballMemory* first,
                  struct FlyballLink* link) {
  char path[PATH_MAX];
  char name[PATH_MAX];
  const int length = snprintf(path, sizeof path, "%s/link.%ld", directory, (long)getpid());
  if (length < 0 || length >= (int)sizeof path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  snprintf(name, sizeof name, "%s/link", directory);
  unlink(path); /* of a program of our number that died here */
  const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return -1;
  if (prepare(fd, first, link) == 0 && rename(path, name) == 0) return 0;
  const int error = errno;
  if (link->memory != NULL) munmap(link->memory, sizeof *first);
  close(fd);
  unlink(path);
  errno = error;
  return -1;
}

struct FlyballLink* flyball_open(const struct FlyballOptions* options) {
  struct FlyballOptions usual;
  memset(&usual, 0, sizeof usual);
  if (options == NULL) options = &usual;
  if (!are_valid(options)) {
    errno = EINVAL;
    return NULL;
  }
  const char* directory = options->directory;
  if (directory == NULL) directory = getenv("FLYBALL_APPLICATION");
  if (directory == NULL) directory = "/run/flyball/application";
  struct FlyballMemory first;
  fill(&first, options);
  struct FlyballLink* link = (struct FlyballLink*)calloc(1, sizeof *link);
  if (link == NULL) return NULL;
  const int length = snprintf(link->training, PATH_MAX, "%s/../training", directory);
  if (length < 0 || length >= PATH_MAX) link->training[0] = '\0';
  (void)mkdir(directory, 0755); /* creating the file tells what is wrong */
  if (create(directory, &first, link) == 0) return link;
  free(link);
  return NULL;
}

/* The name stays: by now it may be another program's. */
void flyball_close(struct FlyballLink* link) {
  if (link == NULL) return;
  munmap(link->memory, sizeof *link->memory);
  close(link->fd);
  free(link);
}

static uint32_t take_slot(struct FlyballMemory* memory, int64_t arrival_ns) {
  const uint64_t first = add(&memory->next_slot, 1);
  for (uint64_t i = 0; i < PROBES; ++i) {
    const uint32_t slot = (uint32_t)((first + i) % FLYBALL_SLOTS);
    int64_t expected = 0;
    if (__atomic_compare_exchange_n(&memory->slots[slot], &expected, arrival_ns, 0,
                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
      return slot;
    }
  }
  add(&memory->unslotted, 1);
  return NO_SLOT;
}

struct FlyballRequest flyball_begin(struct FlyballLink* link, int64_t arrival_ns) {
  struct FlyballRequest request = {0, NO_SLOT};
  if (link == NULL) return request;
  struct FlyballMemory* memory = link->memory;
  const int64_t now = flyball_now_ns();
  if (arrival_ns <= 0 || arrival_ns > now) arrival_ns = now;
  if (arrival_ns < memory->opened_ns) arrival_ns = memory->opened_ns;
  request.arrival_ns = arrival_ns;
  enter(memory);
  add(&memory->begun, 1);
  add(&memory->begun_ns, (uint64_t)arrival_ns);
  request.slot = take_slot(memory, arrival_ns);
  leave(memory);
  return request;
}

/* The request's end; returns how long it was in the system. */
static int64_t finish(struct FlyballMemory* memory, struct FlyballRequest* request) {
  const int64_t now = flyball_now_ns();
  const int64_t latency = now - request->arrival_ns;
  enter(memory);
  add(&memory->ended_ns, (uint64_t)now);
  if (request->slot < FLYBALL_SLOTS) {
    __atomic_store_n(&memory->slots[request->slot], 0, __ATOMIC_RELAXED);
  }
  request->arrival_ns = 0;
  return latency;
}

void flyball_end(struct FlyballLink* link, struct FlyballRequest* request) {
  if (link == NULL || request->arrival_ns == 0) return;
  struct FlyballMemory* memory = link->memory;
  const int64_t latency = finish(memory, request);
  const uint64_t number = add(&memory->served, 1);
  __atomic_store_n(&memory->latencies_ns[number % FLYBALL_LATENCIES], latency, __ATOMIC_RELAXED);
  const int64_t deadline = __atomic_load_n(&memory->deadline_ns, __ATOMIC_RELAXED);
  if (deadline > 0 && latency > deadline) add(&memory->missed, 1);
  leave(memory);
}

void flyball_drop(struct FlyballLink* link, struct FlyballRequest* request) {
  if (link == NULL || request->arrival_ns == 0) return;
  (void)finish(link->memory, request);
  add(&link->memory->dropped, 1);
  add(&link->memory->missed, 1);
  leave(link->memory);
}

void flyball_set_waiting(struct FlyballLink* link, uint32_t requests) {
  if (link == NULL) return;
  __atomic_store_n(&link->memory->waiting, requests, __ATOMIC_RELAXED);
}

void flyball_set_deadline(struct FlyballLink* link, double seconds) {
  if (link == NULL || !is_deadline(seconds)) return;
  __atomic_store_n(&link->memory->deadline_ns, nanoseconds(seconds), __ATOMIC_RELAXED);
}

uint32_t flyball_recommended_batch(const struct FlyballLink* link) {
  if (link == NULL || link->memory->batch_size_count == 0) return 0;
  const struct FlyballMemory* memory = link->memory;
  const uint64_t asked = __atomic_load_n(&memory->batch_recommended, __ATOMIC_RELAXED);
  if (asked == 0) return 0;
  uint32_t size = memory->batch_sizes[0];
  for (uint32_t i = 1; i < memory->batch_size_count; ++i) {
    if (memory->batch_sizes[i] <= asked) size = memory->batch_sizes[i];
  }
  return size;
}

void flyball_batch_done(struct FlyballLink* link, uint32_t size) {
  if (link == NULL) return;
  enter(link->memory);
  add(&link->memory->batches, 1);
  __atomic_store_n(&link->memory->batch_size, size, __ATOMIC_RELAXED);
  leave(link->memory);
}

/* Inference goes first. What runs beside us may change the counters meanwhile: then we are wrong by
 * one request, as if it had come a moment later. */
static int has_requests(const struct FlyballMemory* memory) {
  const uint64_t served = __atomic_load_n(&memory->served, __ATOMIC_RELAXED);
  const uint64_t dropped = __atomic_load_n(&memory->dropped, __ATOMIC_RELAXED);
  const uint64_t begun = __atomic_load_n(&memory->begun, __ATOMIC_RELAXED);
  return begun != served + dropped || __atomic_load_n(&memory->waiting, __ATOMIC_RELAXED) != 0;
}

/* Opened anew each time: a flyballd that starts may have made another. Whatever lies there, opening
 * and reading wait for nobody. */
static int read_training(const char* path, struct FlyballTraining* training) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return 0;
  const ssize_t count = pread(fd, training, sizeof *training, 0);
  close(fd);
  if (count != (ssize_t)sizeof *training) return 0;
  if (memcmp(training->magic, "flytrain", sizeof training->magic) != 0) return 0;
  if (training->version != FLYBALL_TRAINING_VERSION) return 0;
  const uint64_t check = (uint64_t)training->until_ns ^ (uint64_t)training->longest_ns;
  return (check ^ FLYBALL_TRAINING_CHECK) == training->check;
}

int64_t flyball_may_train(struct FlyballLink* link, double seconds) {
  if (link == NULL || !is_deadline(seconds)) return 0;
  struct FlyballMemory* memory = link->memory;
  const int64_t expected = nanoseconds(seconds);
  if (__atomic_load_n(&memory->minibatch_ns, __ATOMIC_RELAXED) == 0) {
    /* From now on flyballd knows that we train. */
    __atomic_store_n(&memory->minibatch_ns, expected > 0 ? (uint64_t)expected : 1,
                     __ATOMIC_RELAXED);
  }
  if (has_requests(memory)) return 0;
  const int error = errno;
  struct FlyballTraining training;
  const int is_read = read_training(link->training, &training);
  errno = error;
  const int64_t now = flyball_now_ns();
  if (!is_read || training.until_ns <= now) return 0;
  if (training.longest_ns <= 0 || expected > training.longest_ns) return 0;
  return training.longest_ns > INT64_MAX - now ? INT64_MAX : now + training.longest_ns;
}

void flyball_trained(struct FlyballLink* link, int64_t began_ns) {
  if (link == NULL) return;
  struct FlyballMemory* memory = link->memory;
  const int64_t now = flyball_now_ns();
  const int64_t took = began_ns > 0 && began_ns < now ? now - began_ns : 1;
  enter(memory);
  add(&memory->minibatches, 1);
  __atomic_store_n(&memory->minibatch_ns, (uint64_t)took, __ATOMIC_RELAXED);
  leave(memory);
}
