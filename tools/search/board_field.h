// A search on a board, a real or an emulated one: each setting is held by a run of `flyballd` of
// its own, which gives the clocks back after it, whatever happens to the search. Not thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "controllers/search/sample_meter.h"
#include "env/board.h"
#include "tools/jobs/shipped_program.h"
#include "tools/search/search_field.h"

namespace flyball {

struct BoardFieldConfig {
  std::filesystem::path daemon;  // flyballd
  std::string root = "/";        // where the board's files are
  double seconds = 15.0;         // that a setting is measured for
};

class BoardField final : public SearchField {
 public:
  // Asks the board what it is, and what its limits allow. Throws CommandError where it cannot be
  // governed or its application reports nothing, and as ShippedProgram does.
  explicit BoardField(BoardFieldConfig config);

  const SearchSpace& space() const override { return space_; }
  const std::string& board() const override { return description_.id; }
  std::string text() const override;
  // The board's clocks, of the knobs that can be governed; the batch size is left alone. A setting
  // that is more than a tenth over the limit is left after the first seconds. Throws CommandError
  // where flyballd fails, DataError where the setting was not held.
  void run(Search& search, const SearchProblem& problem, std::size_t taken, std::size_t samples,
           const std::function<void(const SearchSample&)>& told) override;

  const Board& description() const { return description_; }
  int cpus_online() const { return cpus_online_; }

 private:
  SearchSample measure(std::size_t candidate, std::optional<double> limit_seconds) const;
  SampleReading hold(std::size_t candidate, double seconds) const;

  BoardFieldConfig config_;
  ShippedProgram daemon_;
  Board description_;
  int cpus_online_ = 0;
  SearchSpace space_;
};

// What the log of a run at one setting comes to, its first seconds left out, in which clocks and
// sensor follow. Throws DataError where nothing was served, or where energy is missing.
SampleReading reading_of_log(const std::filesystem::path& log, double left_out_seconds);

}  // namespace flyball
