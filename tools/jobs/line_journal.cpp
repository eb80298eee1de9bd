#include "tools/jobs/line_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "env/errors.h"
#include "env/text_file.h"

namespace flyball {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string());
}

}  // namespace

LineJournal::LineJournal(std::filesystem::path path, const std::string& kind,
                         const nlohmann::ordered_json& header)
    : path_(std::move(path)) {
  if (path_.empty()) return;
  const bool is_there = std::filesystem::exists(path_) && std::filesystem::file_size(path_) > 0;
  const std::size_t good = is_there ? read(kind, header) : 0;
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(path_);
  if (is_there && ::ftruncate(descriptor_, static_cast<off_t>(good)) != 0) fail(path_);
  if (good == 0) add(header.dump());
}

LineJournal::~LineJournal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// How many bytes of the file are whole lines.
std::size_t LineJournal::read(const std::string& kind, const nlohmann::ordered_json& header) {
  const std::string text = read_text_file(path_);
  const std::string first_key = header.begin().key();
  const auto is_none = [&] {
    return DataError(fmt::format("{}:1: is no journal of a {}", path_.string(), kind));
  };
  std::size_t begin = 0;
  bool has_header = false;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (has_header) {
      lines_.push_back(line);
      continue;
    }
    const auto found = nlohmann::ordered_json::parse(line, nullptr, false);
    if (!found.is_object() || !found.contains(first_key)) throw is_none();
    if (line != header.dump()) {
      throw DataError(fmt::format(
          "{}:1: is the journal of another {} ({}): give another file, or the same options",
          path_.string(), kind, found.value("what", "")));
    }
    has_header = true;
  }
  if (!has_header && !text.starts_with("{\"" + first_key + "\"")) throw is_none();
  return begin;
}

void LineJournal::add(const std::string& line) {
  if (descriptor_ < 0) return;
  const std::string bytes = line + "\n";
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t now = ::write(descriptor_, bytes.data() + written, bytes.size() - written);
    if (now < 0 && errno != EINTR) fail(path_);
    if (now > 0) written += static_cast<std::size_t>(now);
  }
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail(path_);
}

}  // namespace flyball
