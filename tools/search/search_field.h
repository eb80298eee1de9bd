// What a search is run on: a table of measurements, or a simulated board. Not thread-safe.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "controllers/search/search.h"

namespace flyball {

class SearchField {
 public:
  virtual ~SearchField() = default;
  virtual const SearchSpace& space() const = 0;
  // "agx-xavier-32gb": id of the board's description.
  virtual const std::string& board() const = 0;
  // What is measured, for the journal: other text, another journal.
  virtual std::string text() const = 0;
  // Asks `search`, measures and tells it, until it wants no more or `samples` were taken, `taken`
  // of them before. `told` hears each sample at once. Ends early, with what there is, once
  // interrupted() says so.
  virtual void run(Search& search, const SearchProblem& problem, std::size_t taken,
                   std::size_t samples, const std::function<void(const SearchSample&)>& told) = 0;
};

}  // namespace flyball
