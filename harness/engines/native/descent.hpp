// One parameter's step against its gradient. Also compiled for the device.
#pragma once

namespace engine {

// Stochastic gradient descent as torch.optim.SGD, with penalties l1 * sum |w| and l2 / 2 * sum w^2.
struct Descent {
    bool nesterov;
    float weight_decay, l1, l2;
};

struct Pace {
    float rate, momentum;
};

inline void descend(const Descent& descent, Pace pace, float gradient, float& value,
                    float& velocity) {
    const float sign = value > 0 ? 1.0f : value < 0 ? -1.0f : 0.0f;
    gradient = gradient + descent.l1 * sign + descent.l2 * value;
    gradient = gradient + descent.weight_decay * value;
    velocity = pace.momentum * velocity + gradient;
    const float step = descent.nesterov ? gradient + pace.momentum * velocity : velocity;
    value = value - pace.rate * step;
}

}  // namespace engine
