#include "env/jetson/board_identity.h"

#include <algorithm>
#include <cctype>
#include <system_error>

#include "env/jetson/sysfs_file.h"

namespace flyball {

namespace {

constexpr std::string_view kForm = "p0000-0000";

bool has_form(std::string_view text) {
  return std::ranges::equal(text, kForm, [](char c, char wanted) {
    return wanted == '0' ? std::isdigit(static_cast<unsigned char>(c)) != 0 : c == wanted;
  });
}

}  // namespace

std::vector<std::string> modules_in(std::string_view compatible) {
  std::vector<std::string> modules;
  for (std::size_t at = 0; at + kForm.size() <= compatible.size(); ++at) {
    const std::string_view word = compatible.substr(at, kForm.size());
    if (!has_form(word)) continue;
    if (std::ranges::find(modules, word) == modules.end()) modules.emplace_back(word);
  }
  return modules;
}

std::vector<std::string> modules_under(const std::string& root) {
  for (const char* path :
       {"/proc/device-tree/compatible", "/sys/firmware/devicetree/base/compatible"}) {
    try {
      const std::vector<std::string> modules = modules_in(read_text_if_any(root + path));
      if (!modules.empty()) return modules;
    } catch (const std::system_error&) {  // what cannot be read says nothing
    }
  }
  return {};
}

}  // namespace flyball
