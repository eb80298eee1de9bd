// Where finished runs are kept, so that none is made twice: within one evaluation, or on disk for
// the next one. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "controllers/run_figures.h"

namespace flyball {

// `key`: what ran and its seed ("performance #1"); the scenario is one keeper's.
class RunKeeper {
 public:
  virtual ~RunKeeper() = default;
  virtual std::optional<RunFigures> find(const std::string& key) const = 0;
  // A key that is there already stays as it is. Throws where a run cannot be kept.
  virtual void keep(const std::string& key, const RunFigures& figures) = 0;
};

// Keeps them as long as it lives.
class RunMemo final : public RunKeeper {
 public:
  std::optional<RunFigures> find(const std::string& key) const override {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(key);
    return found == runs_.end() ? std::nullopt : std::optional(found->second);
  }
  void keep(const std::string& key, const RunFigures& figures) override {
    const std::lock_guard lock(mutex_);
    runs_.emplace(key, figures);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, RunFigures> runs_;
};

// The kept run, or `run()`, which is then kept. `keeper` may be null.
template <typename Run>
RunFigures kept_or(RunKeeper* keeper, const std::string& key, const Run& run) {
  if (keeper != nullptr) {
    if (std::optional<RunFigures> kept = keeper->find(key)) return *std::move(kept);
  }
  RunFigures figures = run();
  if (keeper != nullptr) keeper->keep(key, figures);
  return figures;
}

}  // namespace flyball
