#include "tools/jobs/kept_results.h"

#include <fmt/format.h>

#include <sstream>

#include "env/errors.h"
#include "env/text_file.h"

namespace flyball {

namespace {

using nlohmann::json;

constexpr const char* kKind = "flyball_results";

nlohmann::ordered_json header_of(const std::string& what, const std::string& program) {
  return {{kKind, 1}, {"what", fmt::format("{} by flyball {}", what, program)}};
}

std::string line_of(const std::string& job, const json& result) {
  return json{{"job", job}, {"result", result}}.dump();
}

std::pair<std::string, json> parse(const std::string& line, const std::string& where) {
  json found = json::parse(line, nullptr, false);
  if (!found.is_object() || !found.contains("job") || !found["job"].is_string() ||
      !found.contains("result")) {
    throw DataError(fmt::format("{}: is no result of a job", where));
  }
  return {found["job"].get<std::string>(), std::move(found["result"])};
}

}  // namespace

KeptResults::KeptResults(const std::filesystem::path& path, const std::string& what,
                         const std::string& program)
    : journal_(path, "command", header_of(what, program)) {
  std::size_t number = 1;
  for (const std::string& line : journal_.lines()) {
    results_.insert(parse(line, fmt::format("{}:{}", path.string(), ++number)));
  }
}

const json* KeptResults::find(const std::string& job) const {
  const std::lock_guard lock(mutex_);
  const auto it = results_.find(job);
  return it == results_.end() ? nullptr : &it->second;
}

std::vector<std::string> KeptResults::jobs() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> jobs;
  for (const auto& [job, result] : results_) jobs.push_back(job);
  return jobs;
}

void KeptResults::add(const std::string& job, const json& result) {
  const std::lock_guard lock(mutex_);
  if (results_.emplace(job, result).second) journal_.add(line_of(job, result));
}

std::string merged_results(const std::vector<std::filesystem::path>& parts) {
  std::string header;
  std::string merged;
  std::map<std::string, std::pair<json, std::string>> seen;  // the result, and where it stands
  for (const std::filesystem::path& part : parts) {
    std::istringstream lines(read_text_file(part));
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
      if (lines.eof()) break;  // cut off
      const std::string where = fmt::format("{}:{}", part.string(), ++number);
      if (number == 1) {
        const json found = json::parse(line, nullptr, false);
        if (!found.is_object() || !found.contains(kKind)) {
          throw DataError(fmt::format("{}: is no journal of a command", where));
        }
        if (header.empty()) header = line;
        if (line == header) continue;
        throw DataError(fmt::format("{}: is of another command or program than {}: {}", where,
                                    parts.front().string(), line));
      }
      auto [job, result] = parse(line, where);
      const auto [it, is_new] = seen.try_emplace(job, result, where);
      if (!is_new && it->second.first != result) {
        throw DataError(fmt::format("{}: job \"{}\" has another result than in {}", where, job,
                                    it->second.second));
      }
      if (is_new) merged += line + "\n";
    }
    if (number == 0) throw DataError(fmt::format("{}: is empty", part.string()));
  }
  return header + "\n" + merged;
}

}  // namespace flyball
