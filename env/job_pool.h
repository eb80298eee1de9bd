// Many independent pieces of coarse work (settings, seeds, cells) on a few threads.
#pragma once

#include <cstddef>
#include <functional>

namespace flyball {

// Calls job(0) .. job(count - 1), each once and begun in this order, from the calling thread and
// `threads` - 1 others. `keep_going` is given the number of jobs done, on the calling thread before
// the first job and after each that it took; false: no further job is begun. A job that throws ends
// the others in the same way, and what was thrown first is thrown on once all have ended. Returns
// whether every job was done.
bool run_jobs(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& job,
              const std::function<bool(std::size_t done)>& keep_going = {});

}  // namespace flyball
