// Every sample of a search in a file, written at once: a search that was interrupted goes on from
// there. One JSON object per line: first what is searched, then a sample each. Not thread-safe.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "controllers/search/search.h"

namespace flyball {

class SearchJournal {
 public:
  // Without a path nothing is written. A file that is there is read; a last line that was cut off
  // is taken away. Throws DataError where it is no journal or one of another search (`what`, the
  // space), std::system_error where it cannot be written.
  SearchJournal(std::filesystem::path path, const SearchSpace& space, const std::string& what);
  ~SearchJournal();
  SearchJournal(const SearchJournal&) = delete;
  SearchJournal& operator=(const SearchJournal&) = delete;

  // Those of earlier runs, in their order.
  const std::vector<SearchSample>& samples() const { return samples_; }
  // On the disk when it returns. Throws std::system_error.
  void add(const SearchSample& sample);

 private:
  std::size_t read(const std::string& header);
  SearchSample parse(const std::string& line, std::size_t number) const;
  void write(const std::string& line);

  std::filesystem::path path_;
  const SearchSpace& space_;
  std::vector<SearchSample> samples_;
  int descriptor_ = -1;
};

}  // namespace flyball
