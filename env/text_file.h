// A whole text file in memory. Pure functions.
#pragma once

#include <string>

namespace flyball {

// Without a byte order mark. Throws std::system_error, naming the file, when it cannot be read.
std::string read_text_file(const std::string& path);

// Throws LogError where `text` is no text: a NUL or another control character, UTF-16.
void check_text(const std::string& path, const std::string& text);

}  // namespace flyball
