// An output must not be one of the files that a command reads: it would replace them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace flyball {

// Throws UsageError where the output is a regular file that is one of the inputs, through links
// too. Inputs may be patterns as of a shell ("logs/*.csv"). Empty names and files that are not
// there are nobody's.
void require_separate(const std::filesystem::path& output, const std::vector<std::string>& inputs);

}  // namespace flyball
