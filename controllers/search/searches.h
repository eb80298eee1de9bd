// Every search by name: the one list. To add one: a file pair, a test, an entry here.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "controllers/search/search.h"

namespace flyball {

struct SearchOptions {
  SearchMode mode = SearchMode::kProbing;  // of bayes; the others know none
  std::uint64_t seed = 0;                  // of those that draw
};

struct SearchKind {
  const char* name;
  const char* what;  // one sentence
  std::unique_ptr<Search> (*make)(const SearchProblem& problem, const SearchOptions& options);
};

std::span<const SearchKind> search_kinds();

// `problem` must outlive it. Throws std::invalid_argument that lists the names there are.
std::unique_ptr<Search> make_search(const std::string& name, const SearchProblem& problem,
                                    const SearchOptions& options);

}  // namespace flyball
