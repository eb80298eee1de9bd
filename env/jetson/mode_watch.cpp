#include "env/jetson/mode_watch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "env/jetson/descriptor.h"
#include "env/jetson/nvpmodel.h"
#include "env/jetson/sysfs_file.h"

namespace flyball {

namespace {

constexpr double kLookSeconds = 1.0;
constexpr std::size_t kMostBytes = 1U << 18U;

// NVIDIA's file of 20 kB is a link to the module's own in a folder beside it.
std::string configuration_under(const std::string& root) {
  std::filesystem::path path = root + kNvpmodelConf;
  std::error_code error;
  const std::filesystem::path target = std::filesystem::read_symlink(path, error);
  if (!error && target.is_absolute()) path = root + target.string();
  if (!error && target.is_relative()) path.replace_filename(target);
  int fd = -1;
  if (open_regular(path.string(), O_RDONLY, fd)) return {};
  const Descriptor file(fd);
  std::string text(kMostBytes, '\0');
  std::size_t size = 0;
  ssize_t count = 0;
  while (size < text.size() &&
         (count = ::read(file.get(), text.data() + size, text.size() - size)) > 0) {
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

std::vector<PowerMode> modes_under(const std::string& root, const Board& board) {
  std::vector<PowerMode> modes = parse_nvpmodel_conf(configuration_under(root), board.cpus);
  return modes.empty() ? board.modes : modes;
}

// The file is written anew at every change, so it is opened anew at every look.
std::optional<int> status_in(const std::string& path) noexcept {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (!file.is_open()) return std::nullopt;
  std::array<char, 128> text;
  const ssize_t size = read(file.get(), text.data(), text.size());
  if (size <= 0) return std::nullopt;
  return parse_nvpmodel_status({text.data(), static_cast<std::size_t>(size)});
}

}  // namespace

ModeWatch::ModeWatch(const std::string& root, const Board& board)
    : path_(root + kNvpmodelStatus), modes_(modes_under(root, board)), mode_(status_in(path_)) {}

bool ModeWatch::look(double now_seconds, bool hurry) noexcept {
  if (!hurry && looked_seconds_ && now_seconds - *looked_seconds_ < kLookSeconds) return false;
  looked_seconds_ = now_seconds;
  const std::optional<int> mode = status_in(path_);
  if (!mode || mode == mode_) return false;
  mode_ = mode;
  return true;
}

std::string ModeWatch::text() const {
  if (!mode_) return "-";
  const auto known = std::ranges::find(modes_, *mode_, &PowerMode::id);
  return known == modes_.end() ? std::to_string(*mode_)
                               : fmt::format("{} ({})", *mode_, known->name);
}

}  // namespace flyball
