// A file that keeps what is done, a line each: work that was interrupted goes on from there. Its
// first line says what the work is. Not thread-safe.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace flyball {

class LineJournal {
 public:
  // `header` names the kind by its first key ("flyball_search") and the work as "what". Without a
  // path nothing is written. A file that is there is read; a last line that was cut off is taken
  // away. Throws DataError where it is no journal of a `kind` ("search"), or one of another work;
  // std::system_error where it cannot be written.
  LineJournal(std::filesystem::path path, const std::string& kind,
              const nlohmann::ordered_json& header);
  ~LineJournal();
  LineJournal(const LineJournal&) = delete;
  LineJournal& operator=(const LineJournal&) = delete;

  // What earlier runs wrote after the header, in their order: the file's line i + 2.
  const std::vector<std::string>& lines() const { return lines_; }
  // On the disk when it returns. Throws std::system_error.
  void add(const std::string& line);

 private:
  std::size_t read(const std::string& kind, const nlohmann::ordered_json& header);

  std::filesystem::path path_;
  std::vector<std::string> lines_;
  int descriptor_ = -1;
};

}  // namespace flyball
