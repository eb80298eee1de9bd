// Many independent pieces of work on a few threads, with progress; Ctrl-C stops it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace flyball {

// Calls job(0) .. job(count - 1), each once, from `threads` threads; a job returns what it was, for
// the progress line. Throws what a job threw first, Interrupted after
// Ctrl-C.
void run_parallel(const std::string& label, std::size_t count, unsigned threads,
                  const std::function<std::string(std::size_t)>& job);

}  // namespace flyball
