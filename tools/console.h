// What a program says: its report on stdout, remarks on stderr. One thread at a time.
//
// Both pass through printable(): text of a file never steers the terminal. A report that cannot be
// written is an error that the program ends with (stdout_failure); a remark that cannot be written
// stops nothing.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace flyball {

// main() calls it before anything opens a file: descriptors 0 to 2 that are closed are made to be
// something, so that no file takes their number, and SIGPIPE is ignored: a reader that has gone is
// an error of write().
void prepare_standard_streams();

// Where a command's file is standard output (-o -), its report goes to stderr from now on.
void keep_stdout_for(const std::filesystem::path& output);

// From now on a remark that stderr does not take at once is dropped: a pipe that nobody reads, or a
// stopped terminal, must not stop a governor.
void drop_remarks_rather_than_wait();

// Writes to stdout; remembers a failure.
void write_report(const std::string& text);
// Writes to stderr.
void write_remark(const std::string& text);

template <typename... T>
void say(fmt::format_string<T...> format, T&&... arguments) {
  write_report(fmt::format(format, std::forward<T>(arguments)...));
}
template <typename... T>
void remark(fmt::format_string<T...> format, T&&... arguments) {
  write_remark(fmt::format(format, std::forward<T>(arguments)...));
}

// Writes out what is buffered. Why stdout could not be written ("No space left on device"); absent:
// it was.
std::optional<std::string> stdout_failure();

// Whether stdout is a pipe or socket whose reader has gone (`flyball keys train | head`).
bool stdout_reader_is_gone();

}  // namespace flyball
