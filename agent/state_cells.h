// Observations as cells of a table: each input is cut into intervals, a cell is one interval of
// every input. Cut where the data are: so that the intervals hold equally many of them, and a value
// that alone is as frequent as an interval should be (an empty queue, say) is an interval of its
// own. Only cells that the data visited are numbered. Constant after construction; thread-safe.
//
// A table over cells is a network of dense layers with ReLU, so that a policy file holds it and the
// runtime knows nothing of tables:
//   ramps   two per cut c: s max(c - x, 0), and s max(x - c + 1 / s, 0)
//   cells   max(1 - the ramps of what it may not be, 0): 1 inside of the cell, 0 outside
// and a last layer with a column per cell. Exact but for x less than 1 / s = 2^-23 below a cut,
// where neighbours blend.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policies/safetensors.h"
#include "replay/transition.h"

namespace flyball {

class StateCells {
 public:
  // `per_input`: intervals that an input is cut into, about; one with fewer values has fewer.
  // Requires: transitions, each with `inputs` numbers.
  StateCells(std::span<const Transition> transitions, std::size_t inputs, std::size_t per_input);

  // That were visited by an observation or a next one.
  std::size_t size() const { return cells_.size(); }
  // Requires: as many numbers as there are inputs. Absent for a cell that was not visited.
  std::optional<std::size_t> find(std::span<const float> observation) const;
  // Of input `input`, ascending: an observation at a cut is above it.
  std::span<const float> cuts(std::size_t input) const { return cuts_[input]; }

  // The layers "NAME.0" and "NAME.1", whose outputs are the cells `which`, in this order. Without
  // a cut there is no layer: nothing is written, and it returns false.
  bool write_layers(const std::string& name, std::span<const std::size_t> which,
                    std::map<std::string, Tensor>& tensors) const;

 private:
  using Intervals = std::vector<std::uint16_t>;  // one per input
  Intervals intervals(std::span<const float> observation) const;

  std::vector<std::vector<float>> cuts_;
  std::map<Intervals, std::size_t> numbers_;
  std::vector<Intervals> cells_;
};

}  // namespace flyball
