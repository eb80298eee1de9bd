/* The application link: how an inference program tells flyballd of its requests, and is told a
 * batch size, and when it may train. This file and flyball.c are all of it: C11 or C++, Linux, no
 * library but libc.
 *
 *   struct FlyballOptions options = {.deadline_seconds = 0.1};
 *   struct FlyballLink* link = flyball_open(&options);
 *   for (;;) {
 *     struct FlyballRequest request = flyball_begin(link, arrival_ns);
 *     ...                                    // the work
 *     flyball_end(link, &request);
 *   }
 *
 * The link is a file `link` of fixed size, mapped by the program and read by flyballd, in a
 * directory that belongs to the program's user. Neither side waits for the other or minds its
 * death. A program that opens a link takes the place of the one before.
 *
 * Threads: all but opening and closing may be called by any thread at any time, and by processes
 * forked since. Nothing waits or allocates; begin and end take well below 200 ns. (A CPU without
 * atomic addition, before ARMv8.1, repeats an addition that another core disturbed.)
 *
 * Every function takes NULL for a link and does nothing then, so that a program runs as it is where
 * there is no flyballd. */
#ifndef FLYBALL_H
#define FLYBALL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the memory below. A reader knows its own version alone. */
#define FLYBALL_LINK_VERSION 1U
#define FLYBALL_BATCH_SIZES 16 /* at most so many may be accepted */
#define FLYBALL_SLOTS 128      /* of so many requests in the system the oldest is known */
#define FLYBALL_LATENCIES 256  /* of so many requests served last the latency is known */

struct FlyballLink;

/* All zero: the usual directory, no deadline, no batch size can be recommended. */
struct FlyballOptions {
  const char* directory;       /* NULL: $FLYBALL_APPLICATION, or else /run/flyball/application */
  double deadline_seconds;     /* from arrival to end, for every request; 0: none */
  const uint32_t* batch_sizes; /* that the program can run, ascending, 1 or more each */
  uint32_t batch_size_count;
};

/* Belongs to the caller, who hands it to flyball_end() or flyball_drop() once; by any thread. */
struct FlyballRequest {
  int64_t arrival_ns; /* 0: no request */
  uint32_t slot;
};

/* NULL with errno: EINVAL for wrong options, else what the system said of the directory. `options`
 * may be NULL, and need not live on. The directory is made where only it is missing. */
struct FlyballLink* flyball_open(const struct FlyballOptions* options);
/* flyballd then sees that the program has ended, as it does when the program dies. */
void flyball_close(struct FlyballLink* link);

/* CLOCK_MONOTONIC, in nanoseconds: the clock of arrivals. */
int64_t flyball_now_ns(void);

/* A request is in the system from its arrival on; 0: it arrived now. Arrivals before the link was
 * opened, or in the future, are taken for the nearest time that can be. */
struct FlyballRequest flyball_begin(struct FlyballLink* link, int64_t arrival_ns);
/* It was served; later than the deadline, it is missed as well. */
void flyball_end(struct FlyballLink* link, struct FlyballRequest* request);
/* It was given up: missed, and not served. */
void flyball_drop(struct FlyballLink* link, struct FlyballRequest* request);

/* Requests that wait and have not begun yet: 0 for programs that begin each at its arrival. */
void flyball_set_waiting(struct FlyballLink* link, uint32_t requests);
/* For the requests that end from now on; 0: none. */
void flyball_set_deadline(struct FlyballLink* link, double seconds);

/* One of the program's own batch sizes, the largest that is not above what is asked for;
 * 0: nobody asks for any, so the program chooses. */
uint32_t flyball_recommended_batch(const struct FlyballLink* link);
/* A batch of so many requests was run. */
void flyball_batch_done(struct FlyballLink* link, uint32_t size);

/* Training beside inference: one minibatch at a time, asked for each time.
 *
 *   int64_t until_ns = flyball_may_train(link, 0.05);
 *   if (until_ns != 0) {
 *     const int64_t began_ns = flyball_now_ns();
 *     ...                                    // one minibatch
 *     flyball_trained(link, began_ns);
 *   }
 *
 * `seconds`: what one takes, as the program expects; less than 0, more than 10^6 or no number: no.
 * 0: not now. Otherwise the moment by which it has to be over, of flyball_now_ns()'s clock: whoever
 * asks for inference before that can still be served in time. Not now, too, while a request is in
 * the system, and where no flyballd governs or knows enough yet: a permission ends by itself soon
 * after its flyballd has. Takes some microseconds; waits for nobody. */
int64_t flyball_may_train(struct FlyballLink* link, double seconds);
/* A minibatch that began then has been run, whether that had been asked for or not. */
void flyball_trained(struct FlyballLink* link, int64_t began_ns);

/* What the file holds, for readers: nobody else needs it. Numbers are little-endian and aligned.
 *
 * Whoever changes figures adds 1 to `entered` before and to `left` after. A reader that finds in
 * `left` before, and in `entered` after its reading the same number met no writer in between.
 *
 * The sums make what happens between two readings exact. At a time t the requests have been in the
 * system for   ended_ns - begun_ns + in_system * t   together, where in_system is
 * begun - served - dropped. The sums may run over; their difference does not mind. */
struct FlyballMemory {
  /* Written before the file has its name. */
  char magic[8]; /* "flyball" and a zero */
  uint32_t version;
  uint32_t size; /* of all this */
  int64_t opened_ns;
  uint32_t batch_sizes[FLYBALL_BATCH_SIZES];
  uint32_t batch_size_count;
  uint32_t unused[9];

  /* Written by flyballd: the batch size asked for, 0 for none. */
  uint64_t batch_recommended;
  uint64_t unused_too[7];

  /* Written by the program. */
  uint64_t entered;
  uint64_t left;
  uint64_t begun;
  uint64_t begun_ns; /* sum of the arrivals */
  uint64_t served;
  uint64_t dropped;
  uint64_t ended_ns; /* sum of the times of ending, dropped ones included */
  uint64_t missed;   /* dropped ones included */
  uint64_t batches;
  uint64_t batch_size; /* of the last one */
  uint64_t waiting;
  int64_t deadline_ns;
  uint64_t next_slot;
  uint64_t unslotted;    /* requests that found no slot: the oldest may be one of them */
  uint64_t minibatches;  /* of training, run */
  uint64_t minibatch_ns; /* how long the last one took, or is expected to; 0: it never asked */

  int64_t slots[FLYBALL_SLOTS]; /* arrivals of requests in the system, 0 for a free one */
  int64_t latencies_ns[FLYBALL_LATENCIES]; /* the n-th served request's at n modulo the length */
};

/* What flyballd writes beside the directory, as `training`: whether a minibatch may begin now. Of
 * its own version; written whole, and believed where `check` is of the other two. */
#define FLYBALL_TRAINING_VERSION 1U
struct FlyballTraining {
  char magic[8]; /* "flytrain", without a zero */
  uint32_t version;
  uint32_t size;
  int64_t until_ns;   /* the permission ends then */
  int64_t longest_ns; /* that a minibatch may take; 0: none may begin */
  uint64_t check;     /* until_ns ^ longest_ns ^ FLYBALL_TRAINING_CHECK */
  uint64_t unused[3];
};
#define FLYBALL_TRAINING_CHECK 0x666c79747261696eULL

#ifdef __cplusplus
}
#endif

#endif
