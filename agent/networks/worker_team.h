// Threads that help with short pieces of work, some microseconds to some milliseconds, many times a
// second. Not thread-safe: one thread at a time calls run(); helpers sleep when nothing has come
// for a while.
//
// Chunks go to whoever comes first, the calling thread included, so a helper that the system has
// put aside delays nothing but the chunk it is in. Results must not depend on who did what.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace flyball {

class WorkerTeam {
 public:
  class Work {
   public:
    // Called once per chunk; `thread` is below threads() and tells who runs, for scratch memory.
    // Throws nothing.
    virtual void run(std::size_t chunk, std::size_t thread) = 0;

   protected:
    ~Work() = default;
  };

  // The calling thread counts: 1 starts no helper.
  explicit WorkerTeam(std::size_t threads);
  ~WorkerTeam();
  WorkerTeam(const WorkerTeam&) = delete;
  WorkerTeam& operator=(const WorkerTeam&) = delete;

  std::size_t threads() const { return helpers_.size() + 1; }
  // Runs every chunk below `count` and returns when all are done. Requires: count < 2^32; called
  // from one thread at a time, and not from inside work.
  void run(std::size_t count, Work& work);

  // The same for a lambda (chunk, thread).
  template <typename Function>
  void for_each(std::size_t count, Function&& function) {
    struct Body final : Work {
      explicit Body(Function& f) : function_(f) {}
      void run(std::size_t chunk, std::size_t thread) override { function_(chunk, thread); }
      Function& function_;
    } body(function);
    run(count, body);
  }

 private:
  void help(std::size_t thread);
  void take_chunks(std::uint32_t round, std::size_t thread);

  // The round in the upper half, the next chunk in the lower: taken together, so that a late helper
  // cannot take a chunk of a round it knows nothing of.
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint32_t> round_{0};  // what helpers wait for
  std::atomic<std::size_t> count_{0};
  std::atomic<Work*> work_{nullptr};
  std::atomic<std::size_t> done_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> helpers_;
};

}  // namespace flyball
