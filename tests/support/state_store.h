// State kept in memory, for tests of visit_state().
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "env/state_visitor.h"

namespace flyball {

using StateStore = std::map<std::string, std::vector<std::byte>>;

class StoreSaver final : public StateVisitor {
 public:
  explicit StoreSaver(StateStore& store) : store_(store) {}
  void visit_bytes(const std::string& name, std::span<std::byte> bytes) override {
    store_[name].assign(bytes.begin(), bytes.end());
  }

 private:
  StateStore& store_;
};

class StoreRestorer final : public StateVisitor {
 public:
  explicit StoreRestorer(const StateStore& store) : store_(store) {}
  void visit_bytes(const std::string& name, std::span<std::byte> bytes) override {
    const auto found = store_.find(name);
    if (found == store_.end() || found->second.size() != bytes.size()) {
      throw std::runtime_error(name + ": not saved with this size");
    }
    std::copy(found->second.begin(), found->second.end(), bytes.begin());
  }

 private:
  const StateStore& store_;
};

}  // namespace flyball
