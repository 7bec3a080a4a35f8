"""Drop-outs: who steps in, how full the round will be, and how many offers beyond the places are safe."""
