#include "tools/packaging/install_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "env/errors.h"
#include "env/jetson/board_lock.h"
#include "env/output_file.h"
#include "policies/trusted_file.h"

namespace flyball {

namespace fs = std::filesystem;

namespace {

constexpr const char* kPath = "/var/lib/flyball/installed";
constexpr const char* kHead = "flyball-installed 1";
constexpr std::size_t kMostBytes = 65536;

// Absolute, without a part that leads upwards.
bool is_plain(const std::string& path) {
  const fs::path parts = path;
  return parts.is_absolute() && std::ranges::find(parts, fs::path("..")) == parts.end();
}

std::string read_text(const fs::path& file) {
  try {
    return read_file(file, kMostBytes, FileTrust::kOwned);
  } catch (const std::runtime_error& error) {
    throw DataError(error.what());
  }
}

}  // namespace

InstallRecord::InstallRecord(fs::path root) : root_(std::move(root)) {
  const fs::path file = place(kPath);
  if (!fs::exists(fs::symlink_status(file))) return;
  std::istringstream lines(read_text(file));
  std::string line;
  std::getline(lines, line);
  if (line != kHead) throw DataError(fmt::format("{}:1: \"{}\" expected", file.string(), kHead));
  for (int number = 2; std::getline(lines, line); ++number) {
    read_line(line, fmt::format("{}:{}", file.string(), number));
  }
}

void InstallRecord::read_line(const std::string& line, const std::string& where) {
  std::istringstream words(line);
  std::string kind;
  Written file;
  words >> kind;
  if (kind == "file") words >> std::hex >> file.checksum >> std::dec >> file.bytes;
  std::getline(words >> std::ws, file.path);
  if (words && kind == "user" && file.path == "flyball") {
    made_user_ = true;
  } else if (words && kind == "file" && is_plain(file.path)) {
    files_.push_back(std::move(file));
  } else if (words && kind == "directory" && is_plain(file.path)) {
    directories_.push_back(std::move(file.path));
  } else {
    throw DataError(fmt::format("{}: no line of an installation: \"{}\"", where, line));
  }
}

fs::path InstallRecord::place(const std::string& path) const {
  const fs::path placed = root_ / fs::path(path).relative_path();
  const fs::path root = fs::weakly_canonical(root_);
  const fs::path folder = fs::weakly_canonical(placed.parent_path());
  if (std::ranges::mismatch(root, folder).in1 != root.end()) {
    throw DataError(fmt::format("{}: a link leads out of {}, to {}", placed.string(),
                                root_.string(), folder.string()));
  }
  return placed;
}

InstallRecord::Written InstallRecord::written(const std::string& path, std::string_view text) {
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  return {path, crc.checksum(), text.size()};
}

bool InstallRecord::wrote(const std::string& path, std::string_view text) const {
  return std::ranges::find(files_, written(path, text)) != files_.end();
}

std::vector<std::string> InstallRecord::files() const {
  std::vector<std::string> paths;
  for (const Written& file : files_) {
    if (std::ranges::find(paths, file.path) == paths.end()) paths.push_back(file.path);
  }
  return paths;
}

void InstallRecord::add_directory(const std::string& path) {
  if (std::ranges::find(directories_, path) == directories_.end()) directories_.push_back(path);
}

void InstallRecord::add_file(const std::string& path, std::string_view text) {
  if (!wrote(path, text)) files_.push_back(written(path, text));
}

void InstallRecord::set_file(const std::string& path, std::string_view text) {
  forget_file(path);
  add_file(path, text);
}

void InstallRecord::forget_file(const std::string& path) {
  std::erase_if(files_, [&](const Written& file) { return file.path == path; });
}

void InstallRecord::forget_directory(const std::string& path) { std::erase(directories_, path); }

void InstallRecord::save() const {
  const fs::path file = place(kPath);
  if (empty()) {
    fs::remove(file);
    std::error_code is_not_empty;  // others' files stay
    fs::remove(file.parent_path(), is_not_empty);
    return;
  }
  std::string text = fmt::format("{}\n", kHead);
  for (const std::string& path : directories_) text += fmt::format("directory {}\n", path);
  for (const Written& each : files_) {
    text += fmt::format("file {:08x} {} {}\n", each.checksum, each.bytes, each.path);
  }
  if (made_user_) text += "user flyball\n";
  make_state_directory(file.parent_path());
  OutputFile output(file, 0644, OutputUse::kUnattended);
  output.write(text);
  output.commit();
}

}  // namespace flyball
