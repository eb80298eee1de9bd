// What a canary run has found (controllers/canary_trial.h), kept over restarts: a small text file,
//
//   flyball canary 1
//   key CHECKSUM of nano-4gb ...     of what it was found; another key's is not taken
//   verdict undecided
//   ...
//   end                              a file without it was not written to its end
//
// It is opened once, before root's rights go, and under the rules of policies/trusted_file.h. Not
// thread-safe.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "controllers/canary_trial.h"
#include "env/jetson/descriptor.h"

namespace flyball {

class CanaryFile {
 public:
  // Makes the folder and the file. Throws std::system_error naming it, std::runtime_error where it
  // is not to be trusted.
  explicit CanaryFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  // Absent: nothing was kept, or of another key. Throws std::runtime_error saying what is wrong.
  std::optional<CanaryMemory> read(const std::string& key) const;
  // Throws std::system_error.
  void write(const std::string& key, const CanaryMemory& memory);

 private:
  std::filesystem::path path_;
  Descriptor file_;
};

// var/lib/flyball/canary and, for boards on which that cannot be made, run/flyball/canary, which a
// boot forgets; or in `state_directory`, where one is named.
std::vector<std::filesystem::path> canary_paths(const std::filesystem::path& root,
                                                const std::filesystem::path& state_directory);

std::string to_text(const CanaryMemory& memory, const std::string& key);
// Throws std::runtime_error. Absent: of another key.
std::optional<CanaryMemory> canary_memory(const std::string& text, const std::string& key);

}  // namespace flyball
