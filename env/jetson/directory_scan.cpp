#include "env/jetson/directory_scan.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace flyball {

namespace {

// Shorter names first: policy2 before policy10.
bool by_number(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace

std::string root_text(const std::filesystem::path& root) {
  std::string text = root.string();
  while (!text.empty() && text.back() == '/') text.pop_back();
  return text;
}

std::vector<std::string> list_directory(const std::string& directory, std::string_view prefix) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().filename().string().starts_with(prefix)) paths.push_back(entry.path());
  }
  if (error == std::errc::too_many_files_open ||
      error == std::errc::too_many_files_open_in_system) {
    throw std::system_error(error, directory);
  }
  std::ranges::sort(paths, by_number);
  return paths;
}

std::string find_gpu_devfreq(const std::string& root) {
  for (const std::string& path : list_directory(root + "/sys/class/devfreq")) {
    for (const char* suffix : {".gpu", ".gv11b", ".gp10b", ".ga10b", "/gpu-gpc-0"}) {
      if (path.ends_with(suffix)) return path;
    }
  }
  return {};
}

bool is_not_ready(const std::error_code& error) noexcept {
  return error.category() == std::generic_category() &&
         (error.value() == ENODATA || error.value() == EAGAIN);
}

}  // namespace flyball
