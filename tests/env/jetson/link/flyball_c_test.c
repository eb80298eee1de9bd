/* flyball.h as a C program uses it. Argument: a directory for the link. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "env/jetson/link/flyball.h"

static int failures = 0;

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "line %d: not so: %s\n", __LINE__, #condition); \
      ++failures;                                                     \
    }                                                                 \
  } while (0)

static struct FlyballMemory read_link(const char* directory) {
  char path[4096];
  struct FlyballMemory memory;
  memset(&memory, 0, sizeof memory);
  snprintf(path, sizeof path, "%s/link", directory);
  FILE* file = fopen(path, "rb");
  CHECK(file != NULL && fread(&memory, sizeof memory, 1, file) == 1);
  if (file != NULL) fclose(file);
  return memory;
}

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const uint32_t sizes[] = {1, 4, 16};
  struct FlyballOptions options = {.directory = arguments[1],
                                   .deadline_seconds = 3600.0,
                                   .batch_sizes = sizes,
                                   .batch_size_count = 3};
  struct FlyballLink* link = flyball_open(&options);
  CHECK(link != NULL);
  if (link == NULL) return 1;
  struct FlyballRequest first = flyball_begin(link, 0);
  struct FlyballRequest second = flyball_begin(link, flyball_now_ns());
  flyball_begin(link, 0);
  flyball_end(link, &first);
  flyball_drop(link, &second);
  flyball_batch_done(link, 4);
  CHECK(flyball_recommended_batch(link) == 0);
  const struct FlyballMemory memory = read_link(arguments[1]);
  CHECK(memory.version == FLYBALL_LINK_VERSION);
  CHECK(memory.begun == 3);
  CHECK(memory.served == 1);
  CHECK(memory.dropped == 1);
  CHECK(memory.missed == 1);
  CHECK(memory.batch_size == 4);
  CHECK(memory.entered == memory.left);
  CHECK(flyball_may_train(link, 0.1) == 0);
  flyball_trained(link, flyball_now_ns());
  CHECK(read_link(arguments[1]).minibatches == 1);
  flyball_close(link);

  options.batch_size_count = FLYBALL_BATCH_SIZES + 1;
  errno = 0;
  CHECK(flyball_open(&options) == NULL);
  CHECK(errno == EINVAL);
  return failures == 0 ? 0 : 1;
}
