// What flyballd tells programs that train beside their inference (env/jetson/link/flyball.h):
// whether a minibatch may begin now. A file of one page beside the application's directory, written
// in one write each. Opened once: the writer may have no right to the folder later. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <system_error>

#include "env/jetson/descriptor.h"

namespace flyball {

class TrainingFile {
 public:
  // Makes run/flyball under the root and the file, which then forbids. Throws std::system_error
  // naming the file.
  explicit TrainingFile(const std::filesystem::path& root);
  ~TrainingFile();  // forbids
  TrainingFile(const TrainingFile&) = delete;
  TrainingFile& operator=(const TrainingFile&) = delete;

  // Until then, on the steady clock, minibatches may begin that take `longest_seconds` at most.
  [[nodiscard]] std::error_code allow(double until_seconds, double longest_seconds) noexcept;
  [[nodiscard]] std::error_code forbid() noexcept;

 private:
  std::error_code write(std::int64_t until_ns, std::int64_t longest_ns) noexcept;

  Descriptor file_;
};

}  // namespace flyball
