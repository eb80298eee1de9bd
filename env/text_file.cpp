#include "env/text_file.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "env/excerpt.h"
#include "env/logs/log_error.h"

namespace flyball {

std::string read_text_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string text;
  if (std::filesystem::is_directory(path)) {
    errno = EISDIR;
    stream.setstate(std::ios::failbit);
  }
  if (stream) {
    std::istreambuf_iterator<char> begin(stream);
    text.assign(begin, {});
  }
  if (!stream) throw std::system_error(errno, std::generic_category(), path + ": cannot be read");
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  // Old spreadsheets end lines with CR alone.
  const bool has_lines = text.find('\n') != std::string::npos;
  if (!has_lines) std::replace(text.begin(), text.end(), '\r', '\n');
  return text;
}

namespace {

struct Packed {
  std::string_view magic;
  const char* what;
};
constexpr Packed kPacked[] = {
    {"\x1f\x8b", "this is compressed with gzip: unpack it first (gunzip)"},
    {"\x28\xb5\x2f\xfd", "this is compressed with zstd: unpack it first (unzstd)"},
    {"\xfd"
     "7zXZ",
     "this is compressed with xz: unpack it first (unxz)"},
    {"BZh", "this is compressed with bzip2: unpack it first (bunzip2)"},
    {"PK\x03\x04", "this is a ZIP archive or a spreadsheet (xlsx): unpack it, or save it as CSV"},
    {"\x89HDF", "this is HDF5: flyball train --dataset and flyball inspect read it"},
};

// With a byte order mark, or every second byte of an ASCII text 0.
bool is_utf16(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return true;
  return text.size() >= 4 && (text[0] == '\0') != (text[1] == '\0') &&
         (text[0] == '\0') == (text[2] == '\0') && (text[1] == '\0') == (text[3] == '\0');
}

}  // namespace

const char* packed_as(std::string_view begin) {
  for (const Packed& packed : kPacked) {
    if (begin.starts_with(packed.magic)) return packed.what;
  }
  return is_utf16(begin) ? "this is UTF-16: save it as UTF-8" : nullptr;
}

std::size_t empty_lost_lines(std::string& text) {
  if (text.find('\0') == std::string::npos || packed_as(text) != nullptr) return 0;
  std::size_t lost = 0;
  std::string kept;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    const bool is_lost = line.find('\0') != std::string_view::npos;
    lost += is_lost ? 1 : 0;
    if (!is_lost) kept += line;
    if (end < text.size()) kept += '\n';
    begin = end + 1;
  }
  text = std::move(kept);
  return lost;
}

void check_text(const std::string& path, const std::string& text) {
  if (const char* what = packed_as(text)) throw LogError(path, 1, 1, what);
  std::size_t line = 1;
  for (std::size_t begin = 0; begin < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (!is_text(std::string_view(text).substr(begin, end - begin))) {
      throw LogError(path, line, 1, "this line is not text: is the file damaged, or binary?");
    }
    begin = end + 1;
  }
}

}  // namespace flyball
