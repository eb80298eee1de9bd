// Finding things in a board's tree. Setup only.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace flyball {

// "/" as the empty string, so that paths are root + "/sys/...".
std::string root_text(const std::filesystem::path& root);

// Paths of the entries whose name begins with `prefix`, sorted by name with numbers in numerical
// order; empty when there is no such directory. Throws std::system_error where this process can
// open nothing any more.
std::vector<std::string> list_directory(const std::string& directory, std::string_view prefix = {});

// The GPU's devfreq directory: /sys/class/devfreq/* ending in .gpu, .gv11b, .gp10b or .ga10b, or
// gpu-gpc-0 (other engines have such entries too). Empty when there is none.
std::string find_gpu_devfreq(const std::string& root);

// A sensor that is switched off or has no value yet, as opposed to one that fails.
bool is_not_ready(const std::error_code& error) noexcept;

}  // namespace flyball
