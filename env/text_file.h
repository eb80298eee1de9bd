// A whole text file in memory. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace flyball {

// Without a byte order mark. Throws std::system_error, naming the file, when it cannot be read.
std::string read_text_file(const std::string& path);

// What a file that begins so is instead of text, and what to do about it: compressed, a
// spreadsheet, UTF-16. Null: none of these.
const char* packed_as(std::string_view begin);

// Empties lines that hold NULs, as a power cut leaves them where a block was lost; gives their
// number. Of a text that is packed_as() something it empties none.
std::size_t empty_lost_lines(std::string& text);

// Throws LogError where `text` is no text: a NUL or another control character, UTF-16.
void check_text(const std::string& path, const std::string& text);

}  // namespace flyball
