// A job that always has work, as a program that labels a folder of images has: it takes as many as
// flyballd recommends at once, and reports each. Ends after SECONDS (10).
//
//   closed_loop [SECONDS]
//
// The work is a sleep, so it runs anywhere; put the inference in its place.
#include <flyball.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <thread>

namespace {

constexpr std::array<std::uint32_t, 4> kBatchSizes = {1, 2, 4, 8};
constexpr std::uint32_t kOwnBatch = 4;  // where nobody recommends one

// Stands for one inference of `images` at once: 4 ms, and 1 ms for each.
void infer(std::size_t images) {
  std::this_thread::sleep_for(std::chrono::milliseconds(4 + images));
}

void run_batch(FlyballLink* link, std::span<FlyballRequest> batch) {
  for (FlyballRequest& request : batch) request = flyball_begin(link, 0);
  infer(batch.size());
  for (FlyballRequest& request : batch) flyball_end(link, &request);
  flyball_batch_done(link, static_cast<std::uint32_t>(batch.size()));
}

}  // namespace

int main(int count, char** arguments) {
  const double seconds = count > 1 ? std::atof(arguments[1]) : 10.0;

  FlyballOptions options = {};
  options.batch_sizes = kBatchSizes.data();
  options.batch_size_count = static_cast<std::uint32_t>(kBatchSizes.size());
  FlyballLink* link = flyball_open(&options);
  if (link == nullptr) {  // no reason not to work
    std::fprintf(stderr, "closed_loop: requests are not reported: %s\n", std::strerror(errno));
  }

  const std::int64_t end_ns = flyball_now_ns() + static_cast<std::int64_t>(seconds * 1e9);
  std::array<FlyballRequest, kBatchSizes.back()> requests;
  std::size_t images = 0;
  while (flyball_now_ns() < end_ns) {
    const std::uint32_t recommended = flyball_recommended_batch(link);
    const std::uint32_t size = recommended > 0 ? recommended : kOwnBatch;
    run_batch(link, std::span(requests).first(size));
    images += size;
  }
  std::printf("closed_loop: %zu images\n", images);
  flyball_close(link);
  return 0;
}
