#include "replay/hdf5/dataset_wire.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <concepts>
#include <system_error>

#include "env/errors.h"
#include "replay/hdf5/dataset_names.h"

namespace flyball {

namespace {

constexpr std::uint32_t kDatasetMark = 0x46424453;
constexpr std::uint32_t kErrorMark = 0x46424552;
constexpr std::uint32_t kEndMark = 0x4642454e;
constexpr std::size_t kBufferBytes = std::size_t{1} << 16;
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;

// What crosses the wire, each value once and for both directions: D is a const or a mutable value.
template <typename Wire, typename D>
void visit_fields(Wire& wire, D& config) {
  auto pass = [&wire](const Field&, auto& value) { wire(value); };
  visit(pass, config);
}

template <typename Wire, typename D>
void visit_transition(Wire& wire, D& t) {
  wire(t.observation);
  wire(t.next_observation);
  wire(t.effect_observation);
  wire(t.action);
  visit_fields(wire, t.before_effect);
  visit_fields(wire, t.after_effect);
  wire(t.effect_seconds);
  wire(t.seconds);
  wire(t.weight);
  wire(t.decided_by);
  wire(t.probability);
  wire(t.terminated);
  wire(t.truncated);
}

template <typename Wire, typename D>
void visit_info(Wire& wire, D& info) {
  wire(info.id);
  visit_fields(wire, info);
  wire.list(info.knobs, [](Wire& w, auto& knob) {
    w(knob.name);
    w(knob.levels);
    w(knob.domains);
  });
  wire.list(info.limits, [](Wire& w, auto& range) {
    w(range.floor);
    w(range.ceiling);
  });
  wire(info.encoding);
  visit_fields(wire, info.counts);
  visit_fields(wire, info.residents);
  visit_fields(wire, info.reward);
}

template <typename Wire, typename D>
void visit_dataset(Wire& wire, D& dataset) {
  visit_info(wire, dataset.info);
  wire(dataset.observation_size);
  wire(dataset.action_count);
  wire(dataset.episodes);
  wire(dataset.rewards_only);
  wire.list(dataset.transitions, [](Wire& w, auto& t) { visit_transition(w, t); });
}

template <typename T>
concept Plain = std::is_arithmetic_v<T> || std::is_enum_v<T>;

class Sender {
 public:
  explicit Sender(int descriptor) : descriptor_(descriptor) {}

  template <Plain T>
  void operator()(const T& value) {
    raw(&value, sizeof value);
  }
  void operator()(const std::string& text) {
    (*this)(text.size());
    raw(text.data(), text.size());
  }
  template <Plain T>
  void operator()(const std::vector<T>& values) {
    (*this)(values.size());
    raw(values.data(), values.size() * sizeof(T));
  }
  void operator()(const std::vector<std::string>& texts) {
    list(texts, [](Sender& wire, const std::string& text) { wire(text); });
  }
  void operator()(const std::map<std::string, double>& values) {
    (*this)(values.size());
    for (const auto& [name, value] : values) {
      (*this)(name);
      (*this)(value);
    }
  }
  void operator()(const std::optional<double>& value) {
    (*this)(value.has_value());
    if (value) (*this)(*value);
  }
  template <typename T, typename Each>
  void list(const std::vector<T>& values, const Each& each) {
    (*this)(values.size());
    for (const T& value : values) each(*this, value);
  }

  void flush() {
    std::size_t sent = 0;
    while (sent < buffer_.size()) {
      const ssize_t count = write(descriptor_, buffer_.data() + sent, buffer_.size() - sent);
      if (count < 0 && errno != EINTR) {
        throw std::system_error(errno, std::generic_category(), "pipe");
      }
      sent += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
    buffer_.clear();
  }

 private:
  void raw(const void* from, std::size_t size) {
    buffer_.append(static_cast<const char*>(from), size);
    if (buffer_.size() >= kBufferBytes) flush();
  }

  int descriptor_;
  std::string buffer_;
};

// Takes memory only for what has arrived, whatever a size claims.
class Receiver {
 public:
  explicit Receiver(GuardedChild& child) : child_(child) {}

  template <Plain T>
  void operator()(T& value) {
    child_.read(&value, sizeof value);
    if constexpr (std::is_floating_point_v<T>) require(std::isfinite(value));
  }
  void operator()(bool& value) {
    std::uint8_t byte = 0;
    (*this)(byte);
    require(byte <= 1);
    value = byte == 1;
  }
  void operator()(std::string& text) {
    const std::size_t size = count();
    require(size <= kMaxTextBytes);
    text.resize(size);
    child_.read(text.data(), size);
  }
  template <Plain T>
  void operator()(std::vector<T>& values) {
    for (std::size_t left = count(); left > 0;) {
      const std::size_t part = std::min(left, kBufferBytes);
      const std::size_t begin = values.size();
      values.resize(begin + part);
      child_.read(values.data() + begin, part * sizeof(T));
      left -= part;
    }
    if constexpr (std::is_floating_point_v<T>) {
      for (const T value : values) require(std::isfinite(value));
    }
  }
  void operator()(std::vector<std::string>& texts) {
    list(texts, [](Receiver& wire, std::string& text) { wire(text); });
  }
  void operator()(std::map<std::string, double>& values) {
    for (std::size_t left = count(); left > 0; --left) {
      std::string name;
      (*this)(name);
      (*this)(values[name]);
    }
  }
  void operator()(std::optional<double>& value) {
    bool has = false;
    (*this)(has);
    if (has) (*this)(value.emplace());
  }
  template <typename T, typename Each>
  void list(std::vector<T>& values, const Each& each) {
    for (std::size_t left = count(); left > 0; --left) each(*this, values.emplace_back());
  }

  static void require(bool holds) {
    if (!holds) throw DataError("gave a damaged answer");
  }

 private:
  std::size_t count() {
    std::size_t value = 0;
    (*this)(value);
    return value;
  }

  GuardedChild& child_;
};

void check_transition(const Dataset& dataset, const Transition& t) {
  const std::size_t size = dataset.observation_size;
  Receiver::require(t.observation.size() == size && t.next_observation.size() == size);
  Receiver::require(t.effect_observation.empty() || t.effect_observation.size() == size);
  Receiver::require(t.action < dataset.action_count);
  Receiver::require(t.seconds > 0.0 && t.weight > 0.0 && t.decided_by <= DecidedBy::kRandom);
  Receiver::require(t.cost().energy_joules.has_value());
}

void check_info(const Dataset& dataset) {
  const DatasetInfo& info = dataset.info;
  Receiver::require(info.period_seconds > 0.0 && info.credit <= SpanCredit::kWholeBatches);
  Receiver::require(info.residents.energy_joules.has_value());
  Receiver::require(info.knobs.size() <= kMaxKnobs && info.limits.size() == info.knobs.size());
  for (std::size_t k = 0; k < info.knobs.size(); ++k) {
    const LevelRange& range = info.limits[k];
    Receiver::require(range.floor <= range.ceiling && range.ceiling < info.knobs[k].levels.size());
  }
  if (dataset.rewards_only) return;
  std::size_t actions = 1;
  for (const Knob& knob : info.knobs) actions *= knob.levels.size();
  Receiver::require(actions == dataset.action_count);
  Receiver::require(info.observation_names.size() == dataset.observation_size);
}

void check(const Dataset& dataset) {
  Receiver::require(dataset.observation_size > 0 && dataset.action_count > 0 &&
                    dataset.action_count <= dataset_names::kMaxActions &&
                    dataset.episodes <= dataset.transitions.size());
  check_info(dataset);
  for (const Transition& t : dataset.transitions) check_transition(dataset, t);
}

}  // namespace

void send_dataset(int descriptor, const Dataset& dataset) {
  Sender wire(descriptor);
  wire(kDatasetMark);
  visit_dataset(wire, dataset);
  wire(kEndMark);
  wire.flush();
}

void send_error(int descriptor, const std::string& what) {
  Sender wire(descriptor);
  wire(kErrorMark);
  wire(what.substr(0, kMaxTextBytes));
  wire(kEndMark);
  wire.flush();
}

Dataset receive_dataset(GuardedChild& child) {
  Receiver wire(child);
  std::uint32_t mark = 0;
  wire(mark);
  Receiver::require(mark == kDatasetMark || mark == kErrorMark);
  const bool refused = mark == kErrorMark;
  std::string what;
  Dataset dataset;
  if (refused) {
    wire(what);
  } else {
    visit_dataset(wire, dataset);
  }
  wire(mark);
  Receiver::require(mark == kEndMark);
  if (refused) throw RefusedDataset(what);
  check(dataset);
  return dataset;
}

}  // namespace flyball
