// Every sample of a search in a file, written at once: a search that was interrupted goes on from
// there. One JSON object per line: first what is searched, then a sample each. Not thread-safe.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "controllers/search/search.h"
#include "tools/jobs/line_journal.h"

namespace flyball {

class SearchJournal {
 public:
  // Without a path nothing is written. A file that is there is read; a last line that was cut off
  // is taken away. Throws DataError where it is no journal or one of another search (`what`, the
  // space), std::system_error where it cannot be written.
  SearchJournal(std::filesystem::path path, const SearchSpace& space, const std::string& what);

  // Those of earlier runs, in their order.
  const std::vector<SearchSample>& samples() const { return samples_; }
  // On the disk when it returns. Throws std::system_error.
  void add(const SearchSample& sample);

 private:
  SearchSample parse(const std::string& line, const std::string& where) const;

  const SearchSpace& space_;
  LineJournal journal_;
  std::vector<SearchSample> samples_;
};

}  // namespace flyball
