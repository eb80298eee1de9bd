#include "tools/separate_output.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <system_error>

#include "tools/program.h"

namespace flyball {

namespace {

// What a pattern names; a name without wildcards names itself.
std::vector<std::string> named_by(const std::string& pattern) {
  std::vector<std::string> files = {pattern};
  glob_t found{};
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  globfree(&found);
  return files;
}

bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code error;
  return std::filesystem::equivalent(a, b, error);
}

}  // namespace

void require_separate(const std::filesystem::path& output, const std::vector<std::string>& inputs) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(output, error)) return;
  for (const std::string& input : inputs) {
    if (input.empty()) continue;
    const std::vector<std::string> files = named_by(input);
    const bool is_read = std::any_of(files.begin(), files.end(), [&](const std::string& file) {
      return is_same_file(output, file);
    });
    if (!is_read) continue;
    throw UsageError(fmt::format("{}: is read{} and would be replaced; name another output",
                                 output.string(), files.front() == input ? "" : " by " + input));
  }
}

}  // namespace flyball
