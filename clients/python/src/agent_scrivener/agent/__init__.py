"""What an agent's author needs: the decorator, the context of an attempt, results and failures."""
