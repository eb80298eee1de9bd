#include "tools/offload/pem_file.h"

#include <fmt/format.h>

#include "env/errors.h"
#include "env/text_file.h"

namespace flyball {

std::string read_pem(const std::string& path, const std::string& what) {
  const std::string text = read_text_file(path);
  const std::size_t begin = text.find("-----BEGIN ");
  const std::size_t end = text.find(what + "-----");
  if (begin == std::string::npos || end == std::string::npos) {
    throw DataError(fmt::format("{}: holds no {} in PEM's format", path, what));
  }
  return text;
}

}  // namespace flyball
