#include "seeds.hpp"

#include <algorithm>
#include <stdexcept>

#include "fastest.hpp"

namespace engine::cuda {

namespace {

constexpr int kMeasured = 2;  // steps

}  // namespace

Seeds::Seeds(const Group& group, std::shared_ptr<Device> device,
             std::optional<Arrangement> arrangement)
    : device_(std::move(device)),
      memory_(group),
      addresses_(device_->take(memory_.regions())),
      launches_(memory_, addresses_) {
    put_constants();
    arrangement_ = arrangement ? *arrangement : find_fastest();
}

void Seeds::put_constants() {
    std::vector<Step> steps;
    for (int step = 0; step < group().steps; ++step)
        steps.push_back({step * group().batch, count_of(step)});
    const std::vector<int> source = memory_.source(), parameter_of = memory_.parameter_of();
    put("steps", steps.data(), steps.size() * sizeof(Step));
    put("source", source.data(), source.size() * sizeof(int));
    put("parameter of", parameter_of.data(), parameter_of.size() * sizeof(int));
}

// What it measures with does not matter, so that nothing has to be there yet.
Arrangement Seeds::find_fastest() {
    if (device_->cache_bytes() == 0 || group().seeds == 1) return {};
    Launched launched;
    for (int step = 0; step < std::min(kMeasured, group().steps); ++step) {
        const Launched more = launches_.step(count_of(step));
        launched.insert(launched.end(), more.begin(), more.end());
    }
    const Arrangement found = fastest(*device_, launched, group().seeds, [this] { restart(0); });
    for (RegionNumber region = 0; region < addresses_.size(); ++region)
        if (addresses_[region]) device_->clear(addresses_[region], memory_.regions()[region].bytes);
    put_constants();
    return found;
}

RegionNumber Seeds::find(const std::string& region) const {
    const std::vector<Region>& regions = memory_.regions();
    for (RegionNumber number = 0; number < regions.size(); ++number)
        if (regions[number].name == region) return number;
    throw std::invalid_argument("there is no region " + region);
}

unsigned char* Seeds::address(RegionNumber region, int seed) const {
    if (seed < 0 || seed >= group().seeds) throw std::invalid_argument("there is no such seed");
    const size_t each = memory_.regions()[region].bytes / group().seeds;
    return static_cast<unsigned char*>(addresses_[region]) + seed * each;
}

size_t Seeds::bytes_each(const std::string& region) const {
    return memory_.regions()[find(region)].bytes / group().seeds;
}

void Seeds::put(const std::string& region, const void* from, size_t bytes) {
    const RegionNumber number = find(region);
    if (bytes != memory_.regions()[number].bytes)
        throw std::invalid_argument(region + ": has another size");
    if (bytes) device_->upload(addresses_[number], from, bytes);
}

void Seeds::put(const std::string& region, int seed, const void* from, size_t bytes) {
    if (bytes != bytes_each(region)) throw std::invalid_argument(region + ": has another size");
    if (bytes) device_->upload(address(find(region), seed), from, bytes);
}

void Seeds::get(const std::string& region, int seed, void* to) {
    const size_t bytes = bytes_each(region);
    if (bytes) device_->download(to, address(find(region), seed), bytes);
}

void Seeds::set_rule(int seed, const Rule& rule) { put("rules", seed, &rule, sizeof rule); }

void Seeds::begin() { device_->run(launches_.begin()); }

int Seeds::count_of(int step) const {
    return std::min(group().batch, group().places - step * group().batch);
}

// All seeds go to a step of the epoch.
void Seeds::restart(int step) {
    const std::vector<int> now(group().seeds, step);
    device_->upload(addresses_[memory_.now], now.data(), now.size() * sizeof(int));
}

std::shared_ptr<const Recorded> Seeds::record(const Launched& launched) const {
    return device_->record(arranged(launched, group().seeds, arrangement_));
}

std::shared_ptr<const Recorded> Seeds::record_steps(int first, int last) const {
    Launched launched = launches_.draw_masks();
    for (int step = first; step < last; ++step) {
        const Launched more = launches_.step(count_of(step));
        launched.insert(launched.end(), more.begin(), more.end());
    }
    return record(launched);
}

void Seeds::train_epoch() {
    const int steps = group().steps, ahead = group().steps_ahead;
    const int begin_of_last = (steps - 1) / ahead * ahead;
    if (begin_of_last > 0 && !steps_) steps_ = record_steps(0, ahead);
    if (!last_steps_) last_steps_ = record_steps(begin_of_last, steps);
    restart(0);
    for (int step = 0; step < begin_of_last; step += ahead) device_->run(*steps_);
    device_->run(*last_steps_);
}

void Seeds::train_step(int count) {
    if (count < 1 || count > group().batch)
        throw std::invalid_argument("the batch is empty or larger than declared");
    const Step step = {0, count};
    device_->upload(addresses_[memory_.steps], &step, sizeof step);
    restart(0);
    device_->run(launches_.draw_masks());
    device_->run(launches_.step(count));
}

void Seeds::evaluate() {
    if (!evaluation_) evaluation_ = record(launches_.evaluation(group().test_images));
    device_->run(*evaluation_);
}

size_t bytes_of(const Group& group) { return Memory(group).bytes(); }

}  // namespace engine::cuda
