#include "env/text_file.h"

#include <algorithm>
#include <cerrno>
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
  if (stream) {
    std::istreambuf_iterator<char> begin(stream);  // throws nothing: a directory reads as empty
    text.assign(begin, {});
  }
  if (!stream) throw std::system_error(errno, std::generic_category(), path + ": cannot be read");
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

void check_text(const std::string& path, const std::string& text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    throw LogError(path, 1, 1, "this is UTF-16: save it as UTF-8");
  }
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
