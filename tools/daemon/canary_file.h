// What a canary run has found (controllers/canary_trial.h) as the text of a state file:
//
//   flyball canary 1
//   key CHECKSUM of nano-4gb ...     of what it was found; another key's is not taken
//   verdict 0
//   ...
//   end                              a file without it was not written to its end
#pragma once

#include <optional>
#include <string>

#include "controllers/canary_trial.h"

namespace flyball {

std::string to_text(const CanaryMemory& memory, const std::string& key);
// Throws std::runtime_error saying what is wrong. Absent: of another key.
std::optional<CanaryMemory> canary_memory(const std::string& text, const std::string& key);

}  // namespace flyball
