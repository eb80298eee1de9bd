#include "replay/uniform_replay.h"

#include <stdexcept>

#include "env/draw.h"

namespace flyball {

void UniformReplay::sample(std::size_t rows, std::mt19937_64& random, TransitionBatch& batch) {
  if (size() == 0) throw std::logic_error("sampling from an empty replay buffer");
  ids_.resize(rows);
  for (std::uint64_t& id : ids_) id = store_.oldest() + draw_index(random, size());
  store_.gather(ids_, batch);
}

}  // namespace flyball
