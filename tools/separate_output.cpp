#include "tools/separate_output.h"

#include <fmt/format.h>

#include <system_error>

#include "tools/program.h"

namespace flyball {

void require_separate(const std::filesystem::path& output, const std::vector<std::string>& inputs) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(output, error)) return;
  for (const std::string& input : inputs) {
    if (input.empty() || !std::filesystem::equivalent(output, input, error)) continue;
    throw UsageError(
        fmt::format("{}: is read and would be replaced; name another output", output.string()));
  }
}

}  // namespace flyball
