#include "env/jetson/mode_watch.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "env/jetson/descriptor.h"
#include "env/jetson/nvpmodel.h"
#include "env/jetson/sysfs_file.h"

namespace flyball {

namespace {

constexpr double kLookSeconds = 1.0;

std::vector<PowerMode> modes_under(const std::string& root, const Board& board) {
  try {
    std::vector<PowerMode> modes =
        parse_nvpmodel_conf(read_text_if_any(root + kNvpmodelConf), board.cpus);
    if (!modes.empty()) return modes;
  } catch (const std::system_error&) {  // what cannot be read says nothing
  }
  return board.modes;
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
