"""Ten questions that people ask of a pool, each answered with at most two clicks."""

from pool import binaries
from questions import CLICKS_AT_MOST, QUESTIONS, Scene
from story import ARTIFACTS, Story, expect


class Questions(Story):
    @classmethod
    def setUpClass(cls):
        cls.scene = Scene(binaries())
        cls.scene_pool = cls.scene.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.scene.__exit__()

    def place(self):
        return self.scene_pool, self.scene_pool.url

    def test_each_is_answered_with_two_clicks(self):
        self.assertEqual(len(QUESTIONS), 10)
        for question in QUESTIONS:
            with self.subTest(question.asked):
                self.assertLessEqual(len(question.clicks), CLICKS_AT_MOST)
                page = self.open()
                for target in question.clicks:
                    target(page).click()
                answer = question.answer(page).first
                for words in question.says:
                    expect(answer).to_contain_text(words)
                page.screenshot(path=ARTIFACTS / f"question-{question.name}.png")
                self.close_pages()
