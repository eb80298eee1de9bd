// Results of many independent jobs, kept in a file as each is done: what was interrupted, killed
// or split over machines goes on from there. Thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/jobs/line_journal.h"

namespace flyball {

class KeptResults {
 public:
  // Only in memory without a path. `what`: the command and everything that its results depend on
  // but the program, which `program` says (program_identity.h). Throws as LineJournal does, and
  // DataError where a line is no result.
  KeptResults(const std::filesystem::path& path, const std::string& what,
              const std::string& program);

  // Null where the job is not done; valid until this object's end.
  const nlohmann::json* find(const std::string& job) const;
  std::vector<std::string> jobs() const;  // that are done, in the order of the alphabet
  // On the disk when it returns. Throws std::system_error.
  void add(const std::string& job, const nlohmann::json& result);

 private:
  mutable std::mutex mutex_;
  LineJournal journal_;
  std::map<std::string, nlohmann::json> results_;
};

// The text of the parts' union, in the order of the parts. Throws DataError where they are not of
// one command by one program, and where two of them disagree about a job.
std::string merged_results(const std::vector<std::filesystem::path>& parts);

}  // namespace flyball
